using System.Net;

namespace FastFlannel.Native;

/// <summary>
/// What a vxlan device is (linux/if_link.h, IFLA_VXLAN_*); the defaults are those of flannel's. What is not named here is as the
/// kernel makes it: source ports from the host's range, TTL 0 (inherited from the route), entries ageing after 300 s.
/// </summary>
/// <param name="Vni">The network identifier, 0 to 16777215; cannot be changed later.</param>
/// <param name="ParentIndex">The link that packets leave through; 0 for any.</param>
/// <param name="Local">The source address of packets, which decides the family; null lets the route choose it, for IPv4.</param>
/// <param name="Group">Where frames for unknown addresses go, a multicast group or a host; null for nowhere.</param>
/// <param name="Port">The UDP port packets go to and are received on; 0 makes it the kernel's, 8472. Cannot be changed later.</param>
/// <param name="IsLearning">Whether received packets make fdb entries.</param>
/// <param name="HasGroupPolicy">Whether packets carry the group policy extension (GBP).</param>
/// <param name="ReportsL2Misses">Whether a frame for an unknown Ethernet address is an event.</param>
/// <param name="ReportsL3Misses">Whether a packet for an unknown IP address is an event.</param>
/// <param name="HasUdpChecksum">Whether packets over IPv4 are sent with a UDP checksum.</param>
/// <param name="SendsZeroChecksum6">Whether packets over IPv6 are sent without a UDP checksum.</param>
/// <param name="TakesZeroChecksum6">Whether packets over IPv6 without a UDP checksum are received.</param>
public sealed record VxlanAttributes(
    int Vni,
    int ParentIndex = 0,
    IPAddress? Local = null,
    IPAddress? Group = null,
    ushort Port = 0,
    bool IsLearning = false,
    bool HasGroupPolicy = false,
    bool ReportsL2Misses = false,
    bool ReportsL3Misses = false,
    bool HasUdpChecksum = true,
    bool SendsZeroChecksum6 = false,
    bool TakesZeroChecksum6 = false);

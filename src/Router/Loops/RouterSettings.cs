using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>What does not change while a router runs.</summary>
/// <param name="TunAddress">The TUN device's own address: the source of ICMP errors.</param>
/// <param name="Mtu">The overlay's MTU in bytes: the longest inner packet.</param>
/// <param name="Offloads">What the queues and sockets were set up for.</param>
/// <param name="Time">The clock.</param>
/// <param name="SteppedDown">Told once of each offload that the kernel refuses while running; called by the packet loops.</param>
/// <param name="TunIpv6Address">The same as <paramref name="TunAddress"/> for IPv6; null where the network has IPv4 alone.</param>
/// <param name="Peers">Whose datagrams are taken; null for anybody's.</param>
public sealed record RouterSettings(
    Ipv4Address TunAddress,
    int Mtu,
    Offloads Offloads,
    TimeProvider Time,
    Action<StepDown> SteppedDown,
    Ipv6Address? TunIpv6Address = null,
    PeerRules? Peers = null)
{
    /// <summary>Bytes that the way through the overlay adds: an IPv4 header and a UDP header.</summary>
    public const int Overhead = 20 + 8;

    /// <summary>Whether IPv6 packets are carried beside IPv4.</summary>
    public bool CarriesIpv6 => TunIpv6Address is not null;

    /// <summary>Whether a packet's source is this host's own overlay address.</summary>
    public bool IsFromHere(PacketView packet) =>
        packet.IsIpv6 ? packet.Ipv6Source == TunIpv6Address : packet.Source == TunAddress;
}

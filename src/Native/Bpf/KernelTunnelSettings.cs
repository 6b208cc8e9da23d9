namespace FastFlannel.Native;

/// <summary>What a <see cref="KernelTunnel"/> is made for; all of it is written into the programs.</summary>
/// <param name="TunLink">The index of the TUN device, whose outgoing packets are encapsulated.</param>
/// <param name="ExternalLink">The index of the Ethernet device that datagrams arrive on.</param>
/// <param name="Local">The address that datagrams come from and go to here.</param>
/// <param name="Port">The UDP port on both sides, host byte order.</param>
/// <param name="TunAddress">The TUN device's own address: nothing may arrive with it as its source.</param>
/// <param name="Mtu">The longest inner packet in bytes.</param>
/// <param name="Own">Packets for other destinations are not taken; null to take them all.</param>
/// <param name="ChecksSource">Whether a packet is taken only if its own source lies in a subnet of the peer that sent it.</param>
public sealed record KernelTunnelSettings(
    int TunLink,
    int ExternalLink,
    Ipv4Address Local,
    ushort Port,
    Ipv4Address TunAddress,
    int Mtu,
    Ipv4Prefix? Own = null,
    bool ChecksSource = false);

/// <summary>What a <see cref="KernelTunnel"/> has carried since it was made.</summary>
/// <param name="PacketsOut">Inner packets to peers; a super-packet counts as the packets that it is cut into.</param>
/// <param name="BytesOut">Bytes of them, a super-packet's headers counted once.</param>
/// <param name="PacketsIn">Inner packets from peers.</param>
/// <param name="BytesIn">Bytes of them.</param>
public readonly record struct KernelTunnelCounters(long PacketsOut, long BytesOut, long PacketsIn, long BytesIn);

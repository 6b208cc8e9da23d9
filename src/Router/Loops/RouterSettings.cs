using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>What does not change while a router runs.</summary>
/// <param name="TunAddress">The TUN device's own address: the source of ICMP errors.</param>
/// <param name="Mtu">The overlay's MTU in bytes: the longest inner packet.</param>
/// <param name="Time">The clock.</param>
public sealed record RouterSettings(Ipv4Address TunAddress, int Mtu, TimeProvider Time);

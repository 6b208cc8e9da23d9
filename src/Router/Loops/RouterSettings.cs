using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>What does not change while a router runs.</summary>
/// <param name="TunAddress">The TUN device's own address: the source of ICMP errors.</param>
/// <param name="Mtu">The overlay's MTU in bytes: the longest inner packet.</param>
/// <param name="Offloads">What the queues and sockets were set up for.</param>
/// <param name="Time">The clock.</param>
/// <param name="SteppedDown">Told once of each offload that the kernel refuses while running; called by the packet loops.</param>
public sealed record RouterSettings(
    Ipv4Address TunAddress, int Mtu, Offloads Offloads, TimeProvider Time, Action<StepDown> SteppedDown)
{
    /// <summary>Bytes that the way through the overlay adds: an IPv4 header and a UDP header.</summary>
    public const int Overhead = 20 + 8;
}

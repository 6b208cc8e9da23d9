namespace FastFlannel.Router;

/// <summary>Which of the kernel's offloads a router uses; each can be off, and all work without the others.</summary>
/// <param name="Tso">TCP super-packets are read from the TUN device and segmented here.</param>
/// <param name="Uso">The same for UDP (since Linux 6.2).</param>
/// <param name="Gso">Runs of equal packets to one peer are sent as one bundle (UDP_SEGMENT, since Linux 4.18).</param>
/// <param name="Gro">Bundles of datagrams are received whole (UDP_GRO, since Linux 5.0).</param>
/// <param name="TcpCoalescing">Segments of a TCP flow that follow each other are written to the TUN device as one super-packet.</param>
/// <param name="UdpCoalescing">The same for UDP (since Linux 6.2).</param>
/// <param name="KernelTunnel">
/// Packets to and from peers that have it as well do not come here at all: BPF programs carry them (since Linux 6.6).
/// </param>
public sealed record Offloads(
    bool Tso = true,
    bool Uso = true,
    bool Gso = true,
    bool Gro = true,
    bool TcpCoalescing = true,
    bool UdpCoalescing = true,
    bool KernelTunnel = true)
{
    /// <summary>Every offload.</summary>
    public static Offloads All { get; } = new();

    /// <summary>No offload: one packet is one packet everywhere.</summary>
    public static Offloads None { get; } = new(false, false, false, false, false, false, false);
}

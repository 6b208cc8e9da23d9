using FastFlannel.Native;
using FastFlannel.Router;

namespace FastFlannel.Control;

/// <summary>The udp backend at one moment.</summary>
/// <param name="Device">The TUN device.</param>
/// <param name="Mtu">The overlay's MTU in bytes.</param>
/// <param name="Peers">Subnets of peers in force.</param>
/// <param name="Kernel">The device's addresses and routes.</param>
/// <param name="Queues">Queues of the device, each with threads of its own.</param>
/// <param name="Steering">Whether flows are kept on their queues: <c>on</c>, <c>one queue</c>, or why not.</param>
/// <param name="SocketBuffer">What the kernel granted each socket in each direction, in bytes.</param>
/// <param name="Offloads">Each offload's state: <c>on</c>, or why it is off.</param>
/// <param name="StepDowns">How often the kernel refused an offload while running, so that it was given up.</param>
/// <param name="Outbound">From this host to peers, since the device was made.</param>
/// <param name="Inbound">From peers to this host, since the device was made.</param>
/// <param name="DropSources">Whose packets were dropped on the way in, the heaviest first.</param>
/// <param name="AllocatedBytes">What the packet loops have allocated on the GC heap since they began: none for a packet.</param>
/// <param name="KernelPeers">Subnets of peers that are reached through the kernel, of those in <paramref name="Peers"/>.</param>
/// <param name="KernelTunnel">What went through the kernel, besides <paramref name="Outbound"/> and <paramref name="Inbound"/>.</param>
/// <param name="Ipv6Peers">IPv6 subnets of peers in force; null where the network has IPv4 alone.</param>
public sealed record UdpBackendStatus(
    string Device,
    int Mtu,
    int Peers,
    KernelStatus Kernel,
    int Queues,
    string Steering,
    int SocketBuffer,
    IReadOnlyDictionary<string, string> Offloads,
    long StepDowns,
    CounterSnapshot Outbound,
    CounterSnapshot Inbound,
    IReadOnlyList<DropSource> DropSources,
    long AllocatedBytes,
    int KernelPeers,
    KernelTunnelCounters KernelTunnel,
    int? Ipv6Peers) : BackendStatus("udp", Device, Mtu, Peers, Kernel);

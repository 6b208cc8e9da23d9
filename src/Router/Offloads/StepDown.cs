using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>An offload that a router gave up while running, because the kernel refused it.</summary>
/// <param name="Offload">Its name, as in <see cref="Offloads"/>.</param>
/// <param name="Peer">The peer whose path refuses it; null when it is of no use to anybody.</param>
/// <param name="Errno">What the kernel said.</param>
public readonly record struct StepDown(string Offload, Ipv4Endpoint? Peer, int Errno);

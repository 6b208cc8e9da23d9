using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>The interface through which this host reaches its peers.</summary>
/// <param name="LinkIndex">The link's index.</param>
/// <param name="Name">The link's name, for example <c>eth0</c>.</param>
/// <param name="Mtu">The link's MTU in bytes at start; the overlay's MTU is derived from it.</param>
/// <param name="Address">The address on the interface; sockets are bound to it.</param>
/// <param name="PublicAddress">
/// The address that peers send to and that goes into the lease. Differs from <paramref name="Address"/> behind a NAT.
/// </param>
public sealed record ExternalInterface(int LinkIndex, string Name, int Mtu, Ipv4Address Address, Ipv4Address PublicAddress);

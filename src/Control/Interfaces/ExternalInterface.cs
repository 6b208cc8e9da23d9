using System.Net;
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
/// <param name="IPv6">The IPv6 address on the interface; null unless the network is dual-stack.</param>
/// <param name="PublicIPv6">The IPv6 address that goes into the lease; null unless the network is dual-stack.</param>
public sealed record ExternalInterface(
    int LinkIndex,
    string Name,
    int Mtu,
    Ipv4Address Address,
    Ipv4Address PublicAddress,
    Ipv6Address? IPv6 = null,
    Ipv6Address? PublicIPv6 = null)
{
    /// <summary>What it has of each family in use.</summary>
    internal IEnumerable<IPAddress> Addresses =>
        IPv6 is { } ipv6 ? [Address.ToIPAddress(), ipv6.ToIPAddress()] : [Address.ToIPAddress()];

    /// <summary>Whether link and addresses are the same; an MTU counts at start alone.</summary>
    internal bool HasSamePlace(ExternalInterface other) => this == other with { Mtu = Mtu, Name = Name };

    /// <summary>For the log, for example <c>eth0 (mtu 1500), address 10.0.0.5, public address 192.0.2.7</c>.</summary>
    public override string ToString()
    {
        string ipv4 = $"{Name} (mtu {Mtu}), address {Address}, public address {PublicAddress}";
        return IPv6 is null ? ipv4 : $"{ipv4}, IPv6 address {IPv6}, public IPv6 address {PublicIPv6}";
    }
}

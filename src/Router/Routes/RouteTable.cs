using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>A peer's subnet and where its packets go.</summary>
/// <param name="Subnet">The peer's subnet.</param>
/// <param name="NextHop">The peer's public address and port.</param>
public readonly record struct Route(Ipv4Prefix Subnet, Ipv4Endpoint NextHop);

/// <summary>The IPv6 subnet of a peer that takes IPv6, and where its packets go: over IPv4 like all others.</summary>
/// <param name="Subnet">The peer's subnet.</param>
/// <param name="NextHop">The peer's public address and port.</param>
public readonly record struct Ipv6PeerRoute(Ipv6Prefix Subnet, Ipv4Endpoint NextHop);

/// <summary>
/// An immutable snapshot of the overlay's routes; a change makes a new one. The longest prefix wins. One hash probe for each
/// prefix length in use, which for a flannel network is one of each family.
/// </summary>
public sealed class RouteTable
{
    private readonly PrefixTable<uint> _ipv4;
    private readonly PrefixTable<UInt128> _ipv6;
    private readonly PrefixTable<uint> _peers;

    /// <summary>Makes a snapshot.</summary>
    /// <param name="routes">The routes; of two with one subnet the later wins.</param>
    /// <param name="ipv6Routes">The same for IPv6; null for none.</param>
    public RouteTable(IEnumerable<Route> routes, IEnumerable<Ipv6PeerRoute>? ipv6Routes = null)
    {
        ArgumentNullException.ThrowIfNull(routes);
        Route[] all = [.. routes];
        _ipv4 = new PrefixTable<uint>(all.Select(
            route => new PrefixTable<uint>.Entry(route.Subnet.Network.Value, route.Subnet.Length, route.NextHop)));
        _ipv6 = new PrefixTable<UInt128>((ipv6Routes ?? []).Select(
            route => new PrefixTable<UInt128>.Entry(route.Subnet.Network.Value, route.Subnet.Length, route.NextHop)));
        _peers = new PrefixTable<uint>(all.Select(route => new PrefixTable<uint>.Entry(route.NextHop.Address.Value, 32, route.NextHop)));
    }

    /// <summary>The table that knows no peer.</summary>
    public static RouteTable Empty { get; } = new([]);

    /// <summary>How many IPv4 routes there are.</summary>
    public int Count => _ipv4.Count;

    /// <summary>How many IPv6 routes there are.</summary>
    public int Ipv6Count => _ipv6.Count;

    /// <summary>Finds the peer that leases an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="nextHop">Where the peer is.</param>
    /// <returns>Whether a peer leases it.</returns>
    public bool TryFind(Ipv4Address address, out Ipv4Endpoint nextHop) => _ipv4.TryFind(address.Value, out nextHop);

    /// <inheritdoc cref="TryFind(Ipv4Address, out Ipv4Endpoint)"/>
    public bool TryFind(Ipv6Address address, out Ipv4Endpoint nextHop) => _ipv6.TryFind(address.Value, out nextHop);

    /// <summary>Finds the peer that has a public address.</summary>
    public bool TryFindPeer(Ipv4Address address, out Ipv4Endpoint peer) => _peers.TryFind(address.Value, out peer);

    /// <summary>Finds the peer that a packet goes to.</summary>
    public bool TryFindDestination(PacketView packet, out Ipv4Endpoint nextHop) =>
        packet.IsIpv6 ? TryFind(packet.Ipv6Destination, out nextHop) : TryFind(packet.Destination, out nextHop);

    /// <summary>Finds the peer that a packet's source lies behind.</summary>
    public bool TryFindSource(PacketView packet, out Ipv4Endpoint nextHop) =>
        packet.IsIpv6 ? TryFind(packet.Ipv6Source, out nextHop) : TryFind(packet.Source, out nextHop);
}

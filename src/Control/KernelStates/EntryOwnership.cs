using System.Net;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// Tells the backend's own entries from everybody else's: what is its own and not desired is left over from a peer that is gone,
/// and deleted. In doubt an entry is somebody else's (ADR 10).
/// </summary>
/// <param name="config">The network.</param>
/// <param name="devices">The backend's devices.</param>
/// <param name="plainRouteLink">The link over which the backend makes routes to peers' public addresses; 0 when it makes none.</param>
/// <param name="othersSubnets">Subnets of hosts that another backend serves, where somebody else may make routes.</param>
internal sealed class EntryOwnership(
    NetworkConfig config, IReadOnlySet<int> devices, int plainRouteLink, IReadOnlySet<IPNetwork> othersSubnets)
{
    private const uint IPv4Metric = 0;
    private const uint IPv6Metric = 1024; // what the kernel gives a route without one

    /// <summary>The metric that the kernel shows for a route made without one.</summary>
    public static uint DefaultMetricOf(AddressFamily family) =>
        family == AddressFamily.InterNetworkV6 ? IPv6Metric : IPv4Metric;

    /// <summary>Addresses on its devices: of IPv4 those inside the network, of IPv6 all but link-local ones, as in flannel.</summary>
    public bool Includes(AddressInfo address) =>
        devices.Contains(address.LinkIndex)
        && (address.Address.AddressFamily == AddressFamily.InterNetworkV6
            ? !address.Address.IsIPv6LinkLocal
            : config.Contains(address.Address));

    /// <summary>
    /// Routes of flannel's shape: over a device to a subnet whose own address is the gateway, or over the interface to a subnet
    /// that a host may lease.
    /// </summary>
    public bool Includes(RouteInfo route)
    {
        if (route is not { Type: RouteType.Unicast, Protocol: RouteProtocol.Boot, Gateway: { } gateway, NextHops.Count: 1 }
            || route.Metric != DefaultMetricOf(route.Destination.BaseAddress.AddressFamily))
        {
            return false;
        }

        if (devices.Contains(route.LinkIndex))
            return gateway.Equals(route.Destination.BaseAddress) && config.Contains(route.Destination);

        return route.LinkIndex == plainRouteLink
            && config.CanLease(route.Destination)
            && !othersSubnets.Contains(route.Destination);
    }

    /// <summary>Permanent ones on its devices, of addresses inside the network.</summary>
    public bool Includes(Neighbour neighbour) =>
        devices.Contains(neighbour.LinkIndex)
        && neighbour.IsPermanent()
        && config.Contains(neighbour.Address);

    /// <summary>Permanent ones on its devices, from one Ethernet address to a host. One for all addresses is an administrator's.</summary>
    public bool Includes(FdbEntry entry) =>
        devices.Contains(entry.LinkIndex)
        && entry.IsPermanent()
        && entry is { Destination: not null, Mac: { Value: not 0, IsGroup: false } };
}

using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// Discards packets to addresses of the own subnet that no container has. Otherwise they would follow the network's route into the
/// overlay, or the default route, and might come back.
/// </summary>
internal static class BlackholeRoute
{
    // The last choice of all: with flanneld's metric, 0, the route would take every packet when it is older than the one of the
    // containers' bridge, which has the same destination.
    private const uint Metric = uint.MaxValue;

    /// <summary>Whether a route is one that this has added.</summary>
    public static bool IsOurs(RouteInfo route) => route is { Type: RouteType.Blackhole, Metric: Metric };

    /// <summary>Adds it, unless there is one of whatever metric.</summary>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public static bool Ensure(IPNetwork own)
    {
        using var netlink = RouteNetlink.Open();
        bool exists = netlink.ListRoutes(own.BaseAddress.AddressFamily)
            .Any(route => route.Type == RouteType.Blackhole && route.Destination.Equals(own));
        return !exists && netlink.AddRoute(new IpRoute(own, Type: RouteType.Blackhole, Metric: Metric));
    }
}

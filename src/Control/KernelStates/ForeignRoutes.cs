using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Routes that were there before this daemon.</summary>
internal static class ForeignRoutes
{
    /// <summary>Whether there is a route to exactly this network, of the metric that ours would have.</summary>
    /// <exception cref="SysException">The kernel does not say.</exception>
    public static bool Have(IPNetwork network)
    {
        using var netlink = RouteNetlink.Open();
        return netlink.ListRoutes(network.BaseAddress.AddressFamily).Any(route =>
            route.Destination.Equals(network)
            && route.Metric == EntryOwnership.DefaultMetricOf(network.BaseAddress.AddressFamily));
    }
}

using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// Tells which addresses are on the interface's own link: those whose best route in the main table leads over the interface
/// without a gateway.
/// </summary>
internal sealed class OnLinkAddresses
{
    private readonly int _link;
    private readonly RouteInfo[] _routes;

    /// <summary>Looks at the routes.</summary>
    /// <param name="current">All routes.</param>
    /// <param name="link">The interface's index; 0 when it is gone, and nothing is on its link.</param>
    /// <param name="config">The overlay, whose own routes lead to no host.</param>
    public OnLinkAddresses(CurrentKernelState current, int link, NetworkConfig config)
    {
        _link = link;
        _routes = [.. current.Routes.Where(route => !config.Contains(route.Destination))];
    }

    /// <summary>Whether an address is.</summary>
    public bool Contains(IPAddress address)
    {
        RouteInfo? best = null;
        foreach (RouteInfo route in _routes)
        {
            bool isBetter = best is null
                || route.Destination.PrefixLength > best.Destination.PrefixLength
                || (route.Destination.PrefixLength == best.Destination.PrefixLength && route.Metric < best.Metric);
            if (isBetter && route.Destination.Contains(address))
                best = route;
        }

        return best is { Type: RouteType.Unicast, Gateway: null, NextHops.Count: 1 } && best.LinkIndex == _link;
    }
}

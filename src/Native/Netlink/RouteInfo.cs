using System.Net;

namespace FastFlannel.Native;

/// <summary>A route as the kernel describes it (RTM_NEWROUTE).</summary>
/// <param name="Destination">Which addresses it is for; length 0 is the default route.</param>
/// <param name="Type">What becomes of the packets.</param>
/// <param name="Scope">How far the destination is away; IPv6 routes are always global.</param>
/// <param name="Protocol">Who made it.</param>
/// <param name="Table">The routing table: 254 is main, 255 local.</param>
/// <param name="Metric">Of several routes to one destination the lowest wins.</param>
/// <param name="PreferredSource">The source address for packets of this host that have none yet, if the route names one.</param>
/// <param name="NextHops">Where packets go: one for most routes, several for a multipath route, none for a blackhole.</param>
public sealed record RouteInfo(
    IPNetwork Destination,
    RouteType Type,
    RouteScope Scope,
    RouteProtocol Protocol,
    uint Metric,
    uint Table,
    IPAddress? PreferredSource,
    IReadOnlyList<RouteNextHop> NextHops)
{
    /// <summary>Whether it is for all addresses that have no better route.</summary>
    public bool IsDefault => Destination.PrefixLength == 0;

    /// <summary>The outgoing link of the first next hop; 0 when there is none.</summary>
    public int LinkIndex => NextHops.Count > 0 ? NextHops[0].LinkIndex : 0;

    /// <summary>The gateway of the first next hop; null when the destination is on the link.</summary>
    public IPAddress? Gateway => NextHops.Count > 0 ? NextHops[0].Gateway : null;

    /// <summary>The same as a change would make or delete it; null for a multipath route, of which no change can be made.</summary>
    public IpRoute? ToRoute() => NextHops.Count > 1
        ? null
        : new IpRoute(
            Destination,
            LinkIndex,
            Gateway,
            Scope,
            Protocol,
            Type,
            NextHops.Count == 1 && NextHops[0].IsOnLink,
            Metric,
            Table);
}

/// <summary>One way out of a route.</summary>
/// <param name="LinkIndex">The outgoing link; 0 when the route names none.</param>
/// <param name="Gateway">The router to hand packets to; null when the destination is on the link.</param>
/// <param name="IsOnLink">Whether the gateway is reached on the link although no route says so.</param>
public readonly record struct RouteNextHop(int LinkIndex, IPAddress? Gateway, bool IsOnLink = false);

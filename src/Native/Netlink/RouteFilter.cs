namespace FastFlannel.Native;

/// <summary>Which routes to list.</summary>
/// <param name="Table">Of this table; 0 for every table.</param>
/// <param name="Protocol">Made by this one; null for anybody.</param>
/// <param name="LinkIndex">With a way out over this link; 0 for any link and for none.</param>
public sealed record RouteFilter(uint Table = IpRoute.MainTable, RouteProtocol? Protocol = null, int LinkIndex = 0)
{
    /// <summary>Whether a route is one of them.</summary>
    internal bool Matches(RouteInfo route) =>
        (Table == 0 || route.Table == Table)
        && (Protocol is null || route.Protocol == Protocol)
        && (LinkIndex == 0 || route.NextHops.Any(hop => hop.LinkIndex == LinkIndex));
}

using System.Net;
using System.Net.Sockets;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

// Routes.
public sealed partial class RouteNetlink
{
    /// <summary>Lists the routes of the main table.</summary>
    /// <param name="family">InterNetwork or InterNetworkV6.</param>
    /// <returns>In the kernel's order; of routes to one destination, the one in use comes first.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public IReadOnlyList<RouteInfo> ListRoutes(AddressFamily family)
    {
        (byte number, string name) = FamilyOf(family);
        NetlinkWriter request = _connection.Begin(RTM_GETROUTE, NetlinkAbi.NLM_F_DUMP);
        request.Append(new RouteHeader(number, Table: RT_TABLE_MAIN));

        // A namespace that never had a route has no main table yet, which the kernel reports as ENOENT.
        return _connection.Dump<RouteInfo>($"list {name} routes", request, RouteMessages.TryParseMain, absent: Errno.ENOENT);
    }

    /// <summary>Asks which way a packet of this host would go (<c>ip route get</c>).</summary>
    /// <param name="destination">An IPv4 or IPv6 address.</param>
    /// <returns>A route to that one address, with its link, gateway and preferred source.</returns>
    /// <exception cref="SysException">There is no way (ENETUNREACH, EHOSTUNREACH).</exception>
    public RouteInfo RouteGet(IPAddress destination)
    {
        (byte number, _) = FamilyOf(destination.AddressFamily);
        byte[] bytes = destination.GetAddressBytes();
        NetlinkWriter request = _connection.Begin(RTM_GETROUTE);
        request.Append(new RouteHeader(number, DestinationLength: (byte)(bytes.Length * 8)));
        request.Attribute(RTA_DST, bytes);
        string what = $"find a route to {destination}";
        return _connection.Get<RouteInfo>(what, request, RouteMessages.TryParse)
            ?? throw new SysException(what, Errno.ENETUNREACH, "the kernel answered without a route");
    }

    /// <summary>Adds a route.</summary>
    /// <param name="route">The route.</param>
    /// <returns>False when there is one to the same destination already, whichever way it leads.</returns>
    /// <exception cref="SysException">No such link (ENODEV), it is down (ENETDOWN), or the gateway is not on it.</exception>
    public bool AddRoute(Ipv4Route route)
    {
        NetlinkWriter request = _connection.Begin(RTM_NEWROUTE, NetlinkAbi.NLM_F_CREATE | NetlinkAbi.NLM_F_EXCL);
        RouteMessages.Write(ref request, route);
        return _connection.Execute($"add route {route}", request, tolerated: Errno.EEXIST);
    }

    /// <summary>Adds an IPv6 route.</summary>
    /// <inheritdoc cref="AddRoute(Ipv4Route)"/>
    public bool AddRoute(Ipv6Route route)
    {
        NetlinkWriter request = _connection.Begin(RTM_NEWROUTE, NetlinkAbi.NLM_F_CREATE | NetlinkAbi.NLM_F_EXCL);
        RouteMessages.Write(ref request, route);
        return _connection.Execute($"add route {route}", request, tolerated: Errno.EEXIST);
    }

    /// <summary>Adds a route, in place of the one to the same destination if there is one.</summary>
    /// <param name="route">The route.</param>
    /// <exception cref="SysException">As <see cref="AddRoute(Ipv4Route)"/>.</exception>
    public void ReplaceRoute(Ipv4Route route)
    {
        NetlinkWriter request = _connection.Begin(RTM_NEWROUTE, NetlinkAbi.NLM_F_CREATE | NetlinkAbi.NLM_F_REPLACE);
        RouteMessages.Write(ref request, route);
        _ = _connection.Execute($"replace route {route}", request);
    }

    /// <summary>Deletes a route. One that differs in link, gateway, scope or protocol is somebody else's and stays.</summary>
    /// <param name="route">The route.</param>
    /// <returns>False when there is no such route.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public bool DeleteRoute(Ipv4Route route)
    {
        NetlinkWriter request = _connection.Begin(RTM_DELROUTE);
        RouteMessages.Write(ref request, route);
        return _connection.Execute($"delete route {route}", request, tolerated: Errno.ESRCH);
    }
}

using System.Net;
using System.Net.Sockets;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

// Routes.
public sealed partial class RouteNetlink
{
    /// <summary>Lists routes.</summary>
    /// <param name="family">InterNetwork or InterNetworkV6.</param>
    /// <param name="filter">Which; null for all of the main table.</param>
    /// <returns>In the kernel's order; of routes to one destination in one table, the one in use comes first.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public IReadOnlyList<RouteInfo> ListRoutes(AddressFamily family, RouteFilter? filter = null)
    {
        filter ??= new RouteFilter();
        byte number = AddressFamilies.NumberOf(family);
        NetlinkWriter request = _connection.Begin(RTM_GETROUTE, NetlinkAbi.NLM_F_DUMP);
        RouteMessages.Write(ref request, number, filter);

        // ENOENT: no such table, as a namespace that never had a route has no main table yet. ENODEV: no such link.
        return _connection
            .Dump<RouteInfo>(
                $"list {AddressFamilies.NameOf(family)} routes",
                request,
                RouteMessages.TryParseStored,
                Errno.ENOENT,
                Errno.ENODEV)
            .FindAll(filter.Matches);
    }

    /// <summary>Asks which way a packet of this host would go (<c>ip route get</c>).</summary>
    /// <param name="destination">An IPv4 or IPv6 address.</param>
    /// <returns>A route to that one address, with its link, gateway and preferred source.</returns>
    /// <exception cref="SysException">There is no way (ENETUNREACH, EHOSTUNREACH).</exception>
    public RouteInfo RouteGet(IPAddress destination)
    {
        byte number = AddressFamilies.NumberOf(destination);
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
    /// <returns>
    /// False when there is one to the same destination already, whichever way it leads (in the same table, of the same metric).
    /// </returns>
    /// <exception cref="SysException">No such link (ENODEV), it is down (ENETDOWN), or the gateway is not on it.</exception>
    public bool AddRoute(IpRoute route) => Make(KernelChange.Add(route));

    /// <summary>Adds a route, in place of the one to the same destination if there is one.</summary>
    /// <param name="route">The route.</param>
    /// <exception cref="SysException">As <see cref="AddRoute"/>.</exception>
    public void ReplaceRoute(IpRoute route) => Make(KernelChange.Replace(route));

    /// <summary>Deletes a route. One that differs in link, gateway, scope or protocol is somebody else's and stays.</summary>
    /// <param name="route">The route.</param>
    /// <returns>False when there is no such route.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public bool DeleteRoute(IpRoute route) => Make(KernelChange.Delete(route));
}

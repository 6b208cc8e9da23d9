using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Native.Tests;

public class RouteNetlinkRouteTests
{
    private static readonly Ipv4Prefix Network = Ipv4Prefix.Parse("10.5.0.0/16");

    [Fact]
    public void A_fresh_namespace_has_no_routes() => NetworkNamespace.RunInNew(() =>
    {
        using var netlink = RouteNetlink.Open();
        Assert.Empty(netlink.ListRoutes(AddressFamily.InterNetwork));
        Assert.Empty(netlink.ListRoutes(AddressFamily.InterNetworkV6));
    });

    [Fact]
    public void The_udp_backends_network_route_is_as_flannel_makes_it() => TestHost.Run(host =>
    {
        host.SetUp("10.5.88.0", 32);
        Assert.True(host.Netlink.AddRoute(new Ipv4Route(Network, host.A.Index)));

        RouteInfo route = Assert.Single(host.Netlink.ListRoutes(AddressFamily.InterNetwork));
        Assert.Equal(IPNetwork.Parse("10.5.0.0/16"), route.Destination);
        Assert.Equal(
            (RouteType.Unicast, RouteScope.Global, RouteProtocol.Boot, 0u, 254u),
            (route.Type, route.Scope, route.Protocol, route.Metric, route.Table));
        Assert.Equal((host.A.Index, null, null), (route.LinkIndex, route.Gateway, route.PreferredSource));
        Assert.Equal([new RouteNextHop(host.A.Index, null)], route.NextHops);

        // The same in the words of ip(8), as recorded from flannel.
        Assert.Equal(
            """[{"type":"unicast","dst":"10.5.0.0/16","dev":"a","protocol":"boot","scope":"global","flags":[]}]""",
            TestHost.Ip("-json -details route show table main").Trim());
    });

    [Fact]
    public void An_IPv6_network_route_is_added_once() => TestHost.Run(host =>
    {
        host.SetUp("10.5.88.0", 32);
        var route = new Ipv6Route(Ipv6Prefix.Parse("fd05::/48"), host.A.Index);
        Assert.True(host.Netlink.AddRoute(route));
        Assert.False(host.Netlink.AddRoute(route));

        RouteInfo found = Assert.Single(
            host.Netlink.ListRoutes(AddressFamily.InterNetworkV6), found => found.Destination.Equals(IPNetwork.Parse("fd05::/48")));
        Assert.Equal((host.A.Index, RouteType.Unicast, RouteProtocol.Boot), (found.LinkIndex, found.Type, found.Protocol));
        Assert.Null(found.Gateway);
    });

    [Fact]
    public void Adds_replaces_and_deletes_a_route() => TestHost.Run(host =>
    {
        host.SetUp("192.168.0.1", 24);
        var onLink = new Ipv4Route(Network, host.A.Index, Scope: RouteScope.Link, Protocol: RouteProtocol.Static);
        var viaGateway = new Ipv4Route(Network, host.A.Index, Ipv4Address.Parse("192.168.0.7"));

        Assert.True(host.Netlink.AddRoute(onLink));
        Assert.True(Find(host) is { Scope: RouteScope.Link, Protocol: RouteProtocol.Static, Gateway: null });
        Assert.False(host.Netlink.AddRoute(onLink));
        Assert.False(host.Netlink.AddRoute(viaGateway));

        host.Netlink.ReplaceRoute(viaGateway);
        Assert.Equal(IPAddress.Parse("192.168.0.7"), Find(host)!.Gateway);

        Assert.False(host.Netlink.DeleteRoute(onLink));
        Assert.True(host.Netlink.DeleteRoute(viaGateway));
        Assert.False(host.Netlink.DeleteRoute(viaGateway));
        Assert.Null(Find(host));
    });

    [Fact]
    public void An_unreachable_gateway_names_the_route_and_comes_with_the_kernels_reason() => TestHost.Run(host =>
    {
        host.SetUp("192.168.0.1", 24);
        int link = host.A.Index;
        SysException error = Assert.Throws<SysException>(
            () => host.Netlink.AddRoute(new Ipv4Route(Network, link, Ipv4Address.Parse("172.16.0.1"))));
        Assert.Equal(Errno.ENETUNREACH, error.Errno);
        Assert.Equal(
            $"cannot add route 10.5.0.0/16 via 172.16.0.1 on link {link}: Network is unreachable (Nexthop has invalid gateway)",
            error.Message);
    });

    [Fact]
    public void A_missing_link_names_the_route() => TestHost.Run(host =>
    {
        SysException error = Assert.Throws<SysException>(() => host.Netlink.AddRoute(new Ipv4Route(Network, 4711)));
        Assert.Equal(Errno.ENODEV, error.Errno);
        Assert.StartsWith("cannot add route 10.5.0.0/16 on link 4711: No such device", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Lists_multipath_blackhole_and_metric_routes_of_the_main_table_only() => TestHost.Run(host =>
    {
        host.SetUp("192.168.0.1", 24);
        _ = TestHost.Ip("address add 192.168.1.1/24 dev b");
        _ = TestHost.Ip("route add default metric 50 nexthop via 192.168.0.7 dev a nexthop via 192.168.1.7 dev b");
        _ = TestHost.Ip("route add blackhole 10.9.0.0/16");
        _ = TestHost.Ip("route add 10.8.0.0/16 via inet6 fe80::7 dev a");
        _ = TestHost.Ip("route add 10.7.0.0/16 dev a table 100");
        IReadOnlyList<RouteInfo> routes = host.Netlink.ListRoutes(AddressFamily.InterNetwork);

        RouteInfo multipath = Assert.Single(routes, route => route.IsDefault);
        Assert.Equal(50u, multipath.Metric);
        Assert.Equal(
            [
                new RouteNextHop(host.A.Index, IPAddress.Parse("192.168.0.7")),
                new RouteNextHop(host.B.Index, IPAddress.Parse("192.168.1.7")),
            ],
            multipath.NextHops);
        RouteInfo blackhole = routes.Single(route => route.Type == RouteType.Blackhole);
        Assert.True(blackhole is { LinkIndex: 0, Gateway: null, NextHops.Count: 0 });
        Assert.Contains(routes, route => IPAddress.Parse("fe80::7").Equals(route.Gateway));
        Assert.All(routes, route => Assert.Equal(254u, route.Table));
    });

    [Fact]
    public void Lists_IPv6_routes() => TestHost.Run(host =>
    {
        host.SetUp("192.168.0.1", 24);
        _ = TestHost.Ip("address add fd77::1/64 dev a nodad");
        _ = TestHost.Ip("route add default via fd77::7 dev a");
        IReadOnlyList<RouteInfo> routes = host.Netlink.ListRoutes(AddressFamily.InterNetworkV6);
        Assert.Contains(routes, route => route.Destination == IPNetwork.Parse("fd77::/64") && route.LinkIndex == host.A.Index);
        Assert.Contains(routes, route => route.IsDefault && IPAddress.Parse("fd77::7").Equals(route.Gateway));
    });

    [Theory]
    [InlineData("192.168.0.7", null)]
    [InlineData("10.5.3.1", "192.168.0.7")]
    public void Finds_the_way_to_a_destination(string destination, string? gateway) => TestHost.Run(host =>
    {
        host.SetUp("192.168.0.1", 24);
        host.Netlink.ReplaceRoute(new Ipv4Route(Network, host.A.Index, Ipv4Address.Parse("192.168.0.7")));
        RouteInfo route = host.Netlink.RouteGet(IPAddress.Parse(destination));
        Assert.Equal(
            (host.A.Index, gateway, "192.168.0.1"),
            (route.LinkIndex, route.Gateway?.ToString(), route.PreferredSource?.ToString()));
    });

    [Fact]
    public void Finds_the_way_to_an_IPv6_destination() => TestHost.Run(host =>
    {
        RouteInfo route = host.Netlink.RouteGet(IPAddress.IPv6Loopback);
        Assert.Equal(host.Netlink.FindLink("lo")!.Index, route.LinkIndex);
    });

    [Fact]
    public void No_way_to_a_destination_names_it() => TestHost.Run(host =>
    {
        SysException error = Assert.Throws<SysException>(() => host.Netlink.RouteGet(IPAddress.Parse("10.99.0.1")));
        Assert.Equal("cannot find a route to 10.99.0.1: Network is unreachable", error.Message);
    });

    private static RouteInfo? Find(TestHost host) => host.Netlink.ListRoutes(AddressFamily.InterNetwork)
        .SingleOrDefault(route => route.Destination == IPNetwork.Parse("10.5.0.0/16"));
}

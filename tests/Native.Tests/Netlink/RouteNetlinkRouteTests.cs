using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Native.Tests;

public class RouteNetlinkRouteTests
{
    private static readonly Ipv4Prefix Network = Ipv4Prefix.Parse("10.5.0.0/16");
    private static readonly IPNetwork NetworkV6 = IPNetwork.Parse("fd05::/48");

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
        Assert.True(host.Netlink.AddRoute(new IpRoute(Network, host.A.Index)));

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
    public void Adds_replaces_and_deletes_a_route() => TestHost.Run(host =>
    {
        host.SetUp("192.168.0.1", 24);
        var onLink = new IpRoute(Network, host.A.Index, Scope: RouteScope.Link, Protocol: RouteProtocol.Static);
        var viaGateway = new IpRoute(Network, host.A.Index, Ipv4Address.Parse("192.168.0.7"));

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
            () => host.Netlink.AddRoute(new IpRoute(Network, link, Ipv4Address.Parse("172.16.0.1"))));
        Assert.Equal(Errno.ENETUNREACH, error.Errno);
        Assert.Equal(
            $"cannot add route 10.5.0.0/16 via 172.16.0.1 on link {link}: Network is unreachable (Nexthop has invalid gateway)",
            error.Message);
    });

    [Fact]
    public void A_missing_link_names_the_route() => TestHost.Run(host =>
    {
        SysException error = Assert.Throws<SysException>(() => host.Netlink.AddRoute(new IpRoute(Network, 4711)));
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
        host.Netlink.ReplaceRoute(new IpRoute(Network, host.A.Index, Ipv4Address.Parse("192.168.0.7")));
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

    [Fact]
    public void Adds_replaces_and_deletes_an_IPv6_route() => TestHost.Run(host =>
    {
        host.SetUp("192.168.0.1", 24);
        _ = TestHost.Ip("address add fd77::1/64 dev a nodad");
        var onLink = new IpRoute(NetworkV6, host.A.Index, Metric: 1024);
        IpRoute viaGateway = onLink with { Gateway = IPAddress.Parse("fd77::7") };

        Assert.True(host.Netlink.AddRoute(onLink));
        Assert.False(host.Netlink.AddRoute(onLink));
        Assert.Equal([onLink], FindV6());
        host.Netlink.ReplaceRoute(viaGateway);
        Assert.Equal([viaGateway], FindV6());

        Assert.False(host.Netlink.DeleteRoute(viaGateway with { Gateway = IPAddress.Parse("fd77::8") }));
        Assert.False(host.Netlink.DeleteRoute(viaGateway with { Protocol = RouteProtocol.Static }));
        Assert.True(host.Netlink.DeleteRoute(viaGateway));
        Assert.False(host.Netlink.DeleteRoute(viaGateway));

        IEnumerable<IpRoute?> FindV6() => host.Netlink.ListRoutes(AddressFamily.InterNetworkV6)
            .Where(route => route.Destination == NetworkV6)
            .Select(route => route.ToRoute());
    });

    [Theory]
    [InlineData("10.5.3.0/24", "10.5.3.0", 0)]
    [InlineData("fd05:0:0:63::/64", "fd05:0:0:63::", 1024)]
    public void A_gateway_can_be_forced_on_a_link(string destination, string gateway, uint metric) => TestHost.Run(host =>
    {
        host.SetUp("192.168.0.1", 32);
        var route = new IpRoute(IPNetwork.Parse(destination), host.A.Index, IPAddress.Parse(gateway), Metric: metric);
        SysException error = Assert.Throws<SysException>(() => host.Netlink.AddRoute(route));
        Assert.StartsWith($"cannot add route {destination} via {gateway} on link", error.Message, StringComparison.Ordinal);

        Assert.True(host.Netlink.AddRoute(route with { IsOnLink = true }));
        RouteInfo listed = host.Netlink.ListRoutes(route.Gateway!.AddressFamily).Single(made => made.Destination == route.Destination);
        Assert.Equal(route with { IsOnLink = true }, listed.ToRoute());
        Assert.Equal([new RouteNextHop(host.A.Index, route.Gateway, IsOnLink: true)], listed.NextHops);
    });

    [Theory]
    [InlineData("10.5.0.0/16")]
    [InlineData("fd05::/48")]
    public void A_blackhole_swallows_a_network(string destination) => TestHost.Run(host =>
    {
        var route = new IpRoute(IPNetwork.Parse(destination), Type: RouteType.Blackhole, Metric: 4096);
        AddressFamily family = route.Destination.BaseAddress.AddressFamily;
        Assert.True(host.Netlink.AddRoute(route));
        IpRoute listed = host.Netlink.ListRoutes(family).Single(made => made.Destination == route.Destination).ToRoute()!;

        // The kernel says that an IPv6 blackhole leads to the loopback device.
        Assert.Equal(route, listed with { LinkIndex = 0 });
        Assert.True(host.Netlink.DeleteRoute(listed));
        Assert.DoesNotContain(host.Netlink.ListRoutes(family), made => made.Destination == route.Destination);
    });

    [Fact]
    public void The_kernel_finds_the_link_that_a_gateway_is_on() => TestHost.Run(host =>
    {
        host.SetUp("192.168.0.1", 24);
        host.Netlink.ReplaceRoute(new IpRoute(Network, Gateway: Ipv4Address.Parse("192.168.0.7")));
        Assert.Equal(host.A.Index, Find(host)!.LinkIndex);
    });

    [Fact]
    public void An_IPv4_route_can_lead_through_an_IPv6_gateway() => TestHost.Run(host =>
    {
        host.SetUp("192.168.0.1", 24);
        var route = new IpRoute(Network, host.A.Index, IPAddress.Parse("fe80::7"));
        host.Netlink.ReplaceRoute(route);
        Assert.Equal(route, Find(host)!.ToRoute());
        Assert.True(host.Netlink.DeleteRoute(route));
    });

    [Fact]
    public void Lists_by_table_protocol_and_link() => TestHost.Run(host =>
    {
        host.SetUp("192.168.0.1", 24);
        _ = TestHost.Ip("address add 192.168.1.1/24 dev b");
        _ = TestHost.Ip("route add 10.1.0.0/16 dev a");
        _ = TestHost.Ip("route add 10.2.0.0/16 dev b proto static");
        _ = TestHost.Ip("route add 10.3.0.0/16 dev b table 100");
        _ = TestHost.Ip("route add 10.4.0.0/16 dev b table 100000");
        _ = TestHost.Ip("route add 10.5.0.0/16 nexthop via 192.168.0.7 nexthop via 192.168.1.7");
        AssertListed(["10.1.0.0/16", "10.2.0.0/16", "10.5.0.0/16"], new RouteFilter());
        AssertListed(["10.3.0.0/16"], new RouteFilter(Table: 100));
        AssertListed(["10.4.0.0/16"], new RouteFilter(Table: 100_000));
        AssertListed(["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16", "10.5.0.0/16"], new RouteFilter(Table: 0));
        AssertListed(["10.2.0.0/16"], new RouteFilter(Protocol: RouteProtocol.Static));
        AssertListed(["10.1.0.0/16", "10.5.0.0/16"], new RouteFilter(LinkIndex: host.A.Index));
        AssertListed(["10.2.0.0/16", "10.5.0.0/16"], new RouteFilter(LinkIndex: host.B.Index));
        AssertListed([], new RouteFilter(Table: 200));
        AssertListed([], new RouteFilter(LinkIndex: 4711));

        void AssertListed(string[] expected, RouteFilter filter) => Assert.Equal(
            expected,
            host.Netlink.ListRoutes(AddressFamily.InterNetwork, filter)
                .Select(route => route.Destination.ToString())
                .Where(destination => destination.StartsWith("10.", StringComparison.Ordinal))
                .Order());
    });

    [Fact]
    public void Lists_IPv6_routes_by_link() => TestHost.Run(host =>
    {
        host.SetUp("192.168.0.1", 24);
        _ = TestHost.Ip("route add fd01::/64 dev a");
        _ = TestHost.Ip("route add fd02::/64 dev b proto static");
        IReadOnlyList<RouteInfo> ofA = host.Netlink.ListRoutes(AddressFamily.InterNetworkV6, new RouteFilter(LinkIndex: host.A.Index));
        Assert.Contains(ofA, route => route.Destination == IPNetwork.Parse("fd01::/64"));
        Assert.All(ofA, route => Assert.Equal(host.A.Index, route.LinkIndex));
        RouteInfo made = Assert.Single(
            host.Netlink.ListRoutes(AddressFamily.InterNetworkV6, new RouteFilter(Protocol: RouteProtocol.Static)));
        Assert.Equal(IPNetwork.Parse("fd02::/64"), made.Destination);
    });

    [Fact]
    public void A_multipath_route_is_read_and_is_not_one_to_make() => TestHost.Run(host =>
    {
        host.SetUp("192.168.0.1", 24);
        _ = TestHost.Ip("address add fd77::1/64 dev a nodad");
        _ = TestHost.Ip("route add fd05::/48 nexthop via fd77::7 nexthop via fd77::8");
        RouteInfo route = host.Netlink.ListRoutes(AddressFamily.InterNetworkV6).Single(made => made.Destination == NetworkV6);
        Assert.Equal(["fd77::7", "fd77::8"], route.NextHops.Select(hop => hop.Gateway!.ToString()).Order());
        Assert.Null(route.ToRoute());
    });

    [Theory]
    [InlineData("10.5.3.0/24 via 10.5.3.0 on link 7 onlink", "10.5.3.0", true, RouteType.Unicast, 0)]
    [InlineData("10.5.3.0/24 on link 7 metric 50", null, false, RouteType.Unicast, 50)]
    [InlineData("blackhole 10.5.3.0/24 on link 7", null, false, RouteType.Blackhole, 0)]
    public void A_route_in_words(string words, string? gateway, bool isOnLink, RouteType type, uint metric) => Assert.Equal(
        words,
        new IpRoute(
            IPNetwork.Parse("10.5.3.0/24"),
            7,
            gateway is null ? null : IPAddress.Parse(gateway),
            Type: type,
            IsOnLink: isOnLink,
            Metric: metric).ToString());

    private static RouteInfo? Find(TestHost host) => host.Netlink.ListRoutes(AddressFamily.InterNetwork)
        .SingleOrDefault(route => route.Destination == IPNetwork.Parse("10.5.0.0/16"));
}

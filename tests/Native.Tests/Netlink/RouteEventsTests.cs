namespace FastFlannel.Native.Tests;

/// <summary>What the kernel tells of changes that ip(8) makes.</summary>
public class RouteEventsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(RouteEventGroups.Links, "link set dev a mtu 1400", RouteEventKind.Link, false)]
    [InlineData(RouteEventGroups.Ipv4Addresses, "address add 192.168.0.9/24 dev a", RouteEventKind.Address, false)]
    [InlineData(RouteEventGroups.Ipv4Addresses, "address del 192.168.0.1/24 dev a", RouteEventKind.Address, true)]
    [InlineData(RouteEventGroups.Ipv6Addresses, "address add fd77::1/64 dev a nodad", RouteEventKind.Address, false)]
    [InlineData(RouteEventGroups.Ipv4Routes, "route add 10.5.0.0/16 dev a", RouteEventKind.Route, false)]
    [InlineData(RouteEventGroups.Ipv6Routes, "-6 route add fd78::/64 dev a", RouteEventKind.Route, false)]
    [InlineData(RouteEventGroups.Neighbours, "neigh add 192.168.0.7 lladdr 02:00:00:00:00:01 dev a", RouteEventKind.Neighbour, false)]
    public void A_change_is_told_with_its_link(RouteEventGroups group, string change, RouteEventKind kind, bool isRemoval) =>
        TestHost.Run(host =>
        {
            host.SetUp("192.168.0.1", 24);
            using var events = RouteEvents.Open(group);
            _ = TestHost.Ip(change);
            WaitFor(events, new RouteEvent(kind, host.A.Index, isRemoval));
        });

    [Fact]
    public void A_link_that_is_deleted_is_told_as_gone() => TestHost.Run(host =>
    {
        int link = host.A.Index;
        using var events = RouteEvents.Open(RouteEventGroups.Links);
        _ = TestHost.Ip("link delete dev a");
        WaitFor(events, new RouteEvent(RouteEventKind.Link, link, IsRemoval: true));
    });

    [Fact]
    public void A_forwarding_entry_of_a_vxlan_device_is_told() => TestHost.Run(host =>
    {
        _ = TestHost.Ip("link add vx type vxlan id 1 dstport 8472 dev a");
        using var events = RouteEvents.Open(RouteEventGroups.Neighbours);
        _ = TestHost.Run("bridge", "fdb append 02:00:00:00:00:01 dst 192.0.2.1 dev vx");
        WaitFor(events, new RouteEvent(RouteEventKind.ForwardingEntry, host.Netlink.FindLink("vx")!.Index));
    });

    [Fact]
    public void Events_that_nobody_took_are_told_as_an_overrun_and_the_next_ones_are_told_again() => TestHost.Run(host =>
    {
        int link = host.A.Index;
        using var events = RouteEvents.Open(RouteEventGroups.Ipv4Addresses | RouteEventGroups.Links);
        for (uint i = 0; i < 2000; i++)
        {
            var address = new Ipv4Address(0x0A050000 + i);
            Assert.True(host.Netlink.AddAddress(link, address, 32));
            Assert.True(host.Netlink.DeleteAddress(link, address, 32));
        }

        WaitFor(events, new RouteEvent(RouteEventKind.Overrun));
        _ = TestHost.Ip("link set dev a mtu 1400");
        WaitFor(events, new RouteEvent(RouteEventKind.Link, link));
    });

    [Fact]
    public void A_wait_can_be_ended() => TestHost.Run(_ =>
    {
        using var events = RouteEvents.Open(RouteEventGroups.Links);
        using var stop = new CancellationTokenSource();
        Task waiting = events.WaitAsync(stop.Token);
        Assert.False(waiting.IsCompleted);
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => waiting.GetAwaiter().GetResult());
    });

    // On the host's thread, so that what follows is still inside its namespace.
    private static void WaitFor(RouteEvents events, RouteEvent expected)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        while (!events.WaitAsync(limit.Token).GetAwaiter().GetResult().Contains(expected))
        {
        }
    }
}

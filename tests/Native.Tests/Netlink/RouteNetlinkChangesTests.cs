using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Native.Tests;

public class RouteNetlinkChangesTests
{
    [Fact]
    public void Nothing_to_change_is_no_result() => TestHost.Run(host => Assert.Empty(host.Netlink.Apply([])));

    [Fact]
    public void A_thousand_peers_are_made_and_unmade() => TestHost.Run(host =>
    {
        host.SetUp("192.168.77.2", 24);
        int link = host.Netlink
            .CreateVxlan("v", new VxlanAttributes(1, host.A.Index, Port: 8472), new LinkChange(Up: true))
            .Index;
        List<KernelEntry> entries = [.. Enumerable.Range(0, 1000).SelectMany(i => Peer(link, i))];

        IReadOnlyList<ChangeResult> made = host.Netlink.Apply([.. entries.Select(KernelChange.Replace)]);
        Assert.Equal(entries, made.Select(result => result.Change.Entry));
        Assert.All(made, result => Assert.True(result.IsMade, result.ToString()));
        Assert.Equal(entries.ToHashSet(), Present(host, link).ToHashSet());

        IReadOnlyList<ChangeResult> deleted = host.Netlink.Apply([.. Present(host, link).Select(KernelChange.Delete)]);
        Assert.All(deleted, result => Assert.True(result.IsMade, result.ToString()));
        Assert.Empty(Present(host, link));
    });

    [Fact]
    public void A_refused_change_keeps_no_other_from_being_made() => TestHost.Run(host =>
    {
        host.SetUp("192.168.77.2", 24);
        int link = host.A.Index;
        KernelChange good = KernelChange.Add(new IpRoute(IPNetwork.Parse("10.1.0.0/16"), link));
        KernelChange bad = KernelChange.Add(new IpRoute(IPNetwork.Parse("10.2.0.0/16"), link, IPAddress.Parse("172.16.0.1")));
        KernelChange alsoGood = KernelChange.Add(new IpRoute(IPNetwork.Parse("10.3.0.0/16"), link));

        IReadOnlyList<ChangeResult> results = host.Netlink.Apply([good, bad, alsoGood, good]);
        Assert.Equal([true, false, true, false], results.Select(result => result.IsMade));
        Assert.Equal([false, true, false, false], results.Select(result => result.IsFailed));
        Assert.Equal(
            [
                $"add route 10.1.0.0/16 on link {link}: done",
                $"cannot add route 10.2.0.0/16 via 172.16.0.1 on link {link}: Network is unreachable (Nexthop has invalid gateway)",
                $"add route 10.3.0.0/16 on link {link}: done",
                $"add route 10.1.0.0/16 on link {link}: nothing to do",
            ],
            results.Select(result => result.ToString()));
    });

    [Fact]
    public void Many_refusals_with_the_kernels_words_all_arrive() => TestHost.Run(host =>
    {
        host.SetUp("192.168.77.2", 24);
        KernelChange[] changes =
        [
            .. Enumerable.Range(0, 2000).Select(i => KernelChange.Replace(new IpRoute(
                new Ipv4Prefix(new Ipv4Address(0x0A000000u + ((uint)i << 8)), 24), host.A.Index, IPAddress.Parse("172.16.0.1")))),
        ];
        IReadOnlyList<ChangeResult> results = host.Netlink.Apply(changes);
        Assert.Equal(changes, results.Select(result => result.Change));
        Assert.All(results, result => Assert.Equal("Nexthop has invalid gateway", result.Detail));
    });

    [Fact]
    public void What_is_gone_with_its_link_need_not_be_deleted() => TestHost.Run(host =>
    {
        KernelChange[] changes = [.. Peer(4711, 1).Select(KernelChange.Delete)];
        Assert.All(host.Netlink.Apply(changes), result => Assert.True(result is { IsMade: false, IsFailed: false }, result.ToString()));
        Assert.All(host.Netlink.Apply([.. Peer(4711, 1).Select(KernelChange.Replace)]), result => Assert.True(result.IsFailed));
    });

    [Fact]
    public void A_change_that_cannot_be_written_leaves_nothing_behind() => TestHost.Run(host =>
    {
        host.SetUp("192.168.77.2", 24);
        KernelChange good = KernelChange.Add(new IpRoute(IPNetwork.Parse("10.1.0.0/16"), host.A.Index));
        KernelChange tooLong = KernelChange.Add(new AddressInfo(
            host.A.Index, IPAddress.Parse("10.5.0.1"), 32, Label: new string('a', 2000)));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => host.Netlink.Apply([good, tooLong]));
        _ = Assert.Single(host.Netlink.Apply([KernelChange.Delete(good.Entry)]), result => result is { IsMade: false, IsFailed: false });
    });

    /// <summary>What a vxlan peer needs: a neighbour, an fdb entry and a route.</summary>
    private static IEnumerable<KernelEntry> Peer(int link, int number)
    {
        var subnet = new Ipv4Prefix(new Ipv4Address(0x0A400000u + ((uint)number << 8)), 24);
        MacAddress mac = new MacAddress((ulong)number).AsLocalUnicast;
        yield return new Neighbour(link, subnet.Network, mac);
        yield return new FdbEntry(link, mac, new Ipv4Address(0xAC100000u + (uint)number));
        yield return new IpRoute(subnet, link, subnet.Network, IsOnLink: true);
    }

    private static IEnumerable<KernelEntry> Present(TestHost host, int link) =>
    [
        .. host.Netlink.ListNeighbours(AddressFamily.InterNetwork, link),
        .. host.Netlink.ListFdbEntries(link),
        .. host.Netlink.ListRoutes(AddressFamily.InterNetwork, new RouteFilter(LinkIndex: link)).Select(route => route.ToRoute()!),
    ];
}

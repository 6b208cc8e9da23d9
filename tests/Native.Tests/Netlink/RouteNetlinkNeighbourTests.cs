using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Native.Tests;

public class RouteNetlinkNeighbourTests
{
    private static readonly MacAddress First = MacAddress.Parse("aa:6b:f8:11:9e:20");
    private static readonly MacAddress Second = MacAddress.Parse("aa:6b:f8:11:9e:21");

    [Theory]
    [InlineData("10.5.44.0", AddressFamily.InterNetwork)]
    [InlineData("fd05:0:0:63::", AddressFamily.InterNetworkV6)]
    public void A_neighbour_is_made_known_replaced_and_forgotten(string address, AddressFamily family) => TestHost.Run(host =>
    {
        int link = SetUp(host);
        var neighbour = new Neighbour(link, IPAddress.Parse(address), First);
        host.Netlink.ReplaceNeighbour(neighbour);
        Assert.Equal([neighbour], Permanent());

        host.Netlink.ReplaceNeighbour(neighbour with { Mac = Second });
        Assert.Equal([neighbour with { Mac = Second }], Permanent());

        Assert.True(host.Netlink.DeleteNeighbour(new Neighbour(link, neighbour.Address)));
        Assert.False(host.Netlink.DeleteNeighbour(neighbour));
        Assert.Empty(Permanent());

        // On a link that is up the kernel may also have multicast neighbours of its own.
        IEnumerable<Neighbour> Permanent() => host.Netlink.ListNeighbours(family, link)
            .Where(listed => (listed.State & NeighbourStates.Permanent) != 0);
    });

    [Fact]
    public void Lists_the_neighbours_of_one_link_in_any_state() => TestHost.Run(host =>
    {
        int link = SetUp(host);
        _ = TestHost.Ip("neighbour replace 192.168.77.9 lladdr aa:6b:f8:11:9e:20 dev a nud stale");
        _ = TestHost.Ip("neighbour replace 192.168.77.9 lladdr aa:6b:f8:11:9e:21 dev v4 nud permanent");
        Assert.Equal(
            [new Neighbour(host.A.Index, IPAddress.Parse("192.168.77.9"), First, NeighbourStates.Stale)],
            host.Netlink.ListNeighbours(AddressFamily.InterNetwork, host.A.Index));
        Assert.Equal(
            [new Neighbour(link, IPAddress.Parse("192.168.77.9"), Second)],
            host.Netlink.ListNeighbours(AddressFamily.InterNetwork, link));
        Assert.Empty(host.Netlink.ListNeighbours(AddressFamily.InterNetwork, 4711));
    });

    [Fact]
    public void A_neighbour_that_the_kernel_refuses_comes_with_its_reason() => TestHost.Run(host =>
    {
        int link = SetUp(host);
        SysException error = Assert.Throws<SysException>(
            () => host.Netlink.ReplaceNeighbour(new Neighbour(link, IPAddress.Parse("10.5.44.0"))));
        Assert.Equal(
            $"cannot replace neighbour 10.5.44.0 on link {link}: Invalid argument (No link layer address given)", error.Message);

        error = Assert.Throws<SysException>(
            () => host.Netlink.ReplaceNeighbour(new Neighbour(4711, IPAddress.Parse("10.5.44.0"), First)));
        Assert.Equal(
            "cannot replace neighbour 10.5.44.0 lladdr aa:6b:f8:11:9e:20 on link 4711: No such device", error.Message);
        Assert.False(host.Netlink.DeleteNeighbour(new Neighbour(4711, IPAddress.Parse("10.5.44.0"))));
    });

    [Theory]
    [InlineData("v4", "192.168.77.3", "192.168.77.4")]
    [InlineData("v6", "fd77::3", "fd77::4")]
    public void An_fdb_entry_is_made_replaced_and_deleted(string device, string first, string second) => TestHost.Run(host =>
    {
        _ = SetUp(host);
        int link = host.Netlink.FindLink(device)!.Index;
        var entry = new FdbEntry(link, First, IPAddress.Parse(first));
        host.Netlink.ReplaceFdbEntry(entry);
        Assert.Equal([entry], host.Netlink.ListFdbEntries(link));

        FdbEntry moved = entry with { Destination = IPAddress.Parse(second) };
        host.Netlink.ReplaceFdbEntry(moved);
        Assert.Equal([moved], host.Netlink.ListFdbEntries(link));

        _ = host.Netlink.DeleteFdbEntry(entry);
        Assert.Equal([moved], host.Netlink.ListFdbEntries(link)); // it leads elsewhere by now
        Assert.True(host.Netlink.DeleteFdbEntry(new FdbEntry(link, First)));
        Assert.False(host.Netlink.DeleteFdbEntry(moved));
        Assert.Empty(host.Netlink.ListFdbEntries(link));
    });

    [Fact]
    public void Port_VNI_and_link_of_an_fdb_entry_are_read_written_and_told_apart_at_deletion() => TestHost.Run(host =>
    {
        int link = SetUp(host);
        int via = host.B.Index;
        _ = TestHost.Run("bridge", $"fdb add {First} dev v4 dst 192.168.77.3 port 4789 vni 7 via b self permanent");
        var there = new FdbEntry(
            link, First, IPAddress.Parse("192.168.77.3"), NeighbourStates.Permanent | NeighbourStates.NoArp, 4789, 7, via);
        Assert.Equal([there], host.Netlink.ListFdbEntries(link));
        Assert.Equal($"{First} dst 192.168.77.3 port 4789 vni 7 via link {via} on link {link}", there.ToString());

        // As somebody else's: another way to the same host.
        _ = host.Netlink.DeleteFdbEntry(there with { Port = null, Vni = null, Via = null });
        Assert.Equal([there], host.Netlink.ListFdbEntries(link));
        Assert.True(host.Netlink.DeleteFdbEntry(there));
        Assert.Empty(host.Netlink.ListFdbEntries(link));

        host.Netlink.ReplaceFdbEntry(there);
        Assert.Contains(" port 4789 vni 7 via b ", TestHost.Run("bridge", "fdb show dev v4"), StringComparison.Ordinal);
        FdbEntry plain = there with { Port = null, Vni = null, Via = null };
        host.Netlink.ReplaceFdbEntry(plain);
        Assert.Equal([plain], host.Netlink.ListFdbEntries(link));
    });

    [Fact]
    public void Lists_the_fdb_entries_of_one_device() => TestHost.Run(host =>
    {
        int link = SetUp(host);
        int other = host.Netlink.FindLink("v6")!.Index;
        host.Netlink.ReplaceFdbEntry(new FdbEntry(link, First, IPAddress.Parse("192.168.77.3")));
        host.Netlink.ReplaceFdbEntry(new FdbEntry(other, Second, IPAddress.Parse("fd77::3")));
        Assert.Equal(First, Assert.Single(host.Netlink.ListFdbEntries(link)).Mac);
        Assert.Equal(Second, Assert.Single(host.Netlink.ListFdbEntries(other)).Mac);
        Assert.Empty(host.Netlink.ListFdbEntries(4711));
        Assert.Contains(host.Netlink.ListFdbEntries(host.A.Index), entry => entry.Mac.IsGroup && entry.Destination is null);
    });

    [Fact]
    public void A_destination_of_the_other_family_is_refused() => TestHost.Run(host =>
    {
        int link = SetUp(host);
        SysException error = Assert.Throws<SysException>(
            () => host.Netlink.ReplaceFdbEntry(new FdbEntry(link, First, IPAddress.Parse("fd77::3"))));
        Assert.StartsWith(
            $"cannot replace fdb entry aa:6b:f8:11:9e:20 dst fd77::3 on link {link}: Address family not supported",
            error.Message,
            StringComparison.Ordinal);
        Assert.False(host.Netlink.DeleteFdbEntry(new FdbEntry(4711, First)));
    });

    /// <summary>An IPv4 vxlan device, whose index is returned, and an IPv6 one, both up.</summary>
    private static int SetUp(TestHost host)
    {
        host.SetUp("192.168.77.2", 24);
        _ = TestHost.Ip("address add fd77::2/64 dev a nodad");
        var up = new LinkChange(Up: true);
        _ = host.Netlink.CreateVxlan("v6", new VxlanAttributes(1, host.A.Index, IPAddress.Parse("fd77::2"), Port: 8472), up);
        return host.Netlink
            .CreateVxlan("v4", new VxlanAttributes(1, host.A.Index, IPAddress.Parse("192.168.77.2"), Port: 8472), up)
            .Index;
    }
}

namespace FastFlannel.Native.Tests;

public class RouteNetlinkLinkTests
{
    [Fact]
    public void Lists_links_in_the_order_of_their_indexes() => TestHost.Run(host =>
    {
        IReadOnlyList<LinkInfo> links = host.Netlink.ListLinks();
        Assert.Superset(new HashSet<string> { "lo", "a", "b" }, links.Select(link => link.Name).ToHashSet());
        Assert.Equal(links.Select(link => link.Index).Order(), links.Select(link => link.Index));
        Assert.Contains(links, link => link is { Name: "lo", IsUp: true, IsLoopback: true, Kind: "" });
        Assert.Contains(links, link => link is { Name: "a", IsUp: false, IsLoopback: false, Kind: "veth", Mtu: 1500 });
    });

    [Fact]
    public void Finds_a_link_by_name_and_by_index() => TestHost.Run(host =>
    {
        LinkInfo byName = host.Netlink.FindLink("a")!;
        Assert.Equal("a", byName.Name);
        Assert.Equal(byName, host.Netlink.FindLink(byName.Index));
        Assert.Contains(byName, host.Netlink.ListLinks());
    });

    [Theory]
    [InlineData("")]
    [InlineData("c")]
    [InlineData("a-name-too-long-for-a-link")]
    public void A_name_that_no_link_has_finds_none(string name) =>
        TestHost.Run(host => Assert.Null(host.Netlink.FindLink(name)));

    [Fact]
    public void An_index_that_no_link_has_finds_none() => TestHost.Run(host => Assert.Null(host.Netlink.FindLink(4711)));

    [Fact]
    public void One_request_changes_several_things() => TestHost.Run(host =>
    {
        host.Netlink.ChangeLink(host.A.Index, new LinkChange(Mtu: 1472, TransmitQueueLength: 1234, Up: true));
        Assert.True(host.A is { Mtu: 1472, TransmitQueueLength: 1234, IsUp: true });

        host.Netlink.ChangeLink(host.A.Index, new LinkChange(Mtu: 1400));
        Assert.True(host.A is { Mtu: 1400, TransmitQueueLength: 1234, IsUp: true });

        host.Netlink.ChangeLink(host.A.Index, new LinkChange(Up: false));
        Assert.True(host.A is { Mtu: 1400, IsUp: false });
    });

    [Fact]
    public void A_link_is_renamed_to_a_name_that_is_free() => TestHost.Run(host =>
    {
        int index = host.A.Index;
        host.Netlink.RenameLink(index, "c");
        Assert.Equal(index, host.Netlink.FindLink("c")!.Index);

        SysException error = Assert.Throws<SysException>(() => host.Netlink.RenameLink(index, "b"));
        Assert.Equal((Errno.EEXIST, $"cannot rename link {index} to 'b': File exists"), (error.Errno, error.Message));
        error = Assert.Throws<SysException>(() => host.Netlink.RenameLink(4711, "d"));
        Assert.Equal(Errno.ENODEV, error.Errno);
    });

    [Fact]
    public void Changing_a_missing_link_names_the_change_and_the_link() => TestHost.Run(host =>
    {
        SysException error = Assert.Throws<SysException>(
            () => host.Netlink.ChangeLink(4711, new LinkChange(Mtu: 1472, TransmitQueueLength: 5, Up: true)));
        Assert.Equal(Errno.ENODEV, error.Errno);
        Assert.Equal("cannot set mtu 1472, txqueuelen 5, up on link 4711: No such device", error.Message);
    });

    [Fact]
    public void A_value_that_the_device_refuses_comes_with_the_kernels_reason() => TestHost.Run(host =>
    {
        SysException error = Assert.Throws<SysException>(
            () => host.Netlink.ChangeLink(host.A.Index, new LinkChange(Mtu: 100_000)));
        Assert.Equal(Errno.EINVAL, error.Errno);
        Assert.Equal(
            $"cannot set mtu 100000 on link {host.A.Index}: Invalid argument (mtu greater than device maximum)", error.Message);
    });

    [Fact]
    public void Sets_the_Ethernet_address_and_reads_it_and_the_alias() => TestHost.Run(host =>
    {
        var mac = MacAddress.Parse("26:48:39:7b:59:17");
        _ = TestHost.Ip("link set dev a alias ours");
        host.Netlink.ChangeLink(host.A.Index, new LinkChange(Mac: mac));
        Assert.Equal((mac, "ours", null), (host.A.Mac, host.A.Alias, host.A.Vxlan));
        Assert.Equal("", host.B.Alias);
    });

    [Fact]
    public void A_link_is_up_and_not_running_while_its_other_end_is_down() => TestHost.Run(host =>
    {
        host.Netlink.ChangeLink(host.A.Index, new LinkChange(Up: true));
        Assert.True(host.A is { IsUp: true, IsRunning: false });
        host.Netlink.ChangeLink(host.B.Index, new LinkChange(Up: true));
        Assert.True(host.A is { IsUp: true, IsRunning: true });
    });

    [Fact]
    public void Deletes_a_link_once() => TestHost.Run(host =>
    {
        int index = host.A.Index;
        Assert.True(host.Netlink.DeleteLink(index));
        Assert.False(host.Netlink.DeleteLink(index));
        Assert.Null(host.Netlink.FindLink("b")); // a pair goes together
    });

    [Fact]
    public void A_link_that_cannot_be_deleted_is_named() => TestHost.Run(host =>
    {
        SysException error = Assert.Throws<SysException>(() => host.Netlink.DeleteLink(1));
        Assert.Equal("cannot delete link 1: Operation not supported", error.Message);
    });
}

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
}

using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Native.Tests;

public class RouteNetlinkAddressTests
{
    private static readonly Ipv4Address Address = Ipv4Address.Parse("10.5.88.0");

    [Fact]
    public void Adds_lists_and_deletes_an_address() => TestHost.Run(host =>
    {
        int link = host.A.Index;
        Assert.True(host.Netlink.AddAddress(link, Address, 32));
        AddressInfo listed = Assert.Single(
            host.Netlink.ListAddresses(AddressFamily.InterNetwork), address => address.LinkIndex == link);
        Assert.Equal(
            new AddressInfo(link, IPAddress.Parse("10.5.88.0"), 32, RouteScope.Global, AddressFlags.Permanent, "a"), listed);
        Assert.True(listed is { IsPermanent: true, IsDeprecated: false, IsTemporary: false });

        Assert.True(host.Netlink.DeleteAddress(link, Address, 32));
        Assert.DoesNotContain(host.Netlink.ListAddresses(AddressFamily.InterNetwork), address => address.LinkIndex == link);
    });

    [Fact]
    public void Adding_or_deleting_twice_is_no_error() => TestHost.Run(host =>
    {
        int link = host.A.Index;
        Assert.True(host.Netlink.AddAddress(link, Address, 24));
        Assert.False(host.Netlink.AddAddress(link, Address, 24));
        Assert.True(host.Netlink.DeleteAddress(link, Address, 24));
        Assert.False(host.Netlink.DeleteAddress(link, Address, 24));
    });

    [Fact]
    public void Adding_to_a_missing_link_names_the_address_and_the_link() => TestHost.Run(host =>
    {
        SysException error = Assert.Throws<SysException>(() => host.Netlink.AddAddress(4711, Address, 24));
        Assert.Equal(Errno.ENODEV, error.Errno);
        Assert.StartsWith(
            "cannot add address 10.5.88.0/24 on link 4711: No such device", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Reads_what_state_addresses_are_in() => TestHost.Run(host =>
    {
        _ = TestHost.Ip("address add 10.0.0.1/24 dev a");
        _ = TestHost.Ip("address add 10.0.0.2/24 dev a valid_lft 1000 preferred_lft 500");
        _ = TestHost.Ip("address add 10.0.0.3/24 dev a valid_lft 1000 preferred_lft 0");
        _ = TestHost.Ip("address add 10.1.0.1 peer 10.1.0.2/32 dev a scope link");
        var addresses = host.Netlink.ListAddresses(AddressFamily.InterNetwork)
            .Where(address => address.LinkIndex == host.A.Index)
            .ToDictionary(address => address.Address.ToString());

        Assert.True(addresses["10.0.0.1"] is { IsPermanent: true, IsDeprecated: false });
        Assert.True(addresses["10.0.0.2"] is { IsPermanent: false, IsDeprecated: false, IsTemporary: false });
        Assert.Equal(AddressFlags.Secondary, addresses["10.0.0.2"].Flags & AddressFlags.Secondary);
        Assert.True(addresses["10.0.0.3"].IsDeprecated);
        Assert.True(addresses["10.1.0.1"] is { Scope: RouteScope.Link, PrefixLength: 32 });
    });

    [Fact]
    public void Lists_IPv6_addresses() => TestHost.Run(host =>
    {
        _ = TestHost.Ip("address add fd77::1/64 dev a");
        IReadOnlyList<AddressInfo> addresses = host.Netlink.ListAddresses(AddressFamily.InterNetworkV6);
        Assert.Contains(addresses, address => address is { PrefixLength: 128, Scope: RouteScope.Host }
            && IPAddress.IsLoopback(address.Address));
        Assert.Contains(addresses, address => address is { PrefixLength: 64, Scope: RouteScope.Global, IsPermanent: true }
            && address.Address.Equals(IPAddress.Parse("fd77::1")) && address.LinkIndex == host.A.Index);
    });

    [Fact]
    public void Adds_and_deletes_an_IPv6_address() => TestHost.Run(host =>
    {
        int link = host.A.Index;
        var address = new AddressInfo(link, IPAddress.Parse("fd77::1"), 64, Flags: AddressFlags.NoDuplicateDetection);
        Assert.True(host.Netlink.AddAddress(address));
        Assert.False(host.Netlink.AddAddress(address));
        AddressInfo listed = Assert.Single(host.Netlink.ListAddresses(AddressFamily.InterNetworkV6, link));
        Assert.Equal(address with { Flags = AddressFlags.NoDuplicateDetection | AddressFlags.Permanent }, listed);

        Assert.True(host.Netlink.DeleteAddress(listed));
        Assert.False(host.Netlink.DeleteAddress(listed));
        Assert.Empty(host.Netlink.ListAddresses(AddressFamily.InterNetworkV6, link));
    });

    [Theory]
    [InlineData("10.5.88.0", 32)]
    [InlineData("fd77::1", 128)]
    public void Replacing_an_address_changes_its_state(string text, int length) => TestHost.Run(host =>
    {
        var address = new AddressInfo(host.A.Index, IPAddress.Parse(text), length, RouteScope.Global, AddressFlags.Deprecated);
        host.Netlink.ReplaceAddress(address);
        Assert.True(Only().IsDeprecated);
        host.Netlink.ReplaceAddress(address with { Flags = AddressFlags.None });
        Assert.True(Only() is { IsDeprecated: false, IsPermanent: true });

        AddressInfo Only() => Assert.Single(host.Netlink.ListAddresses(address.Address.AddressFamily, host.A.Index));
    });

    [Fact]
    public void Scope_and_label_are_as_asked_for() => TestHost.Run(host =>
    {
        var address = new AddressInfo(
            host.A.Index, IPAddress.Parse("10.5.88.0"), 24, RouteScope.Link, AddressFlags.Permanent, "a:1");
        Assert.True(host.Netlink.AddAddress(address));
        Assert.Equal(address, Assert.Single(host.Netlink.ListAddresses(AddressFamily.InterNetwork, host.A.Index)));
    });

    [Fact]
    public void A_prefix_that_cannot_be_is_refused() => TestHost.Run(host =>
    {
        SysException error = Assert.Throws<SysException>(() => host.Netlink.AddAddress(host.A.Index, Address, 33));
        Assert.Equal(
            $"cannot add address 10.5.88.0/33 on link {host.A.Index}: Invalid argument (ipv4: Invalid prefix length)",
            error.Message);
    });

    [Fact]
    public void Lists_the_addresses_of_one_link() => TestHost.Run(host =>
    {
        Assert.True(host.Netlink.AddAddress(host.A.Index, Address, 32));
        Assert.True(host.Netlink.AddAddress(host.B.Index, Ipv4Address.Parse("10.5.89.0"), 32));
        Assert.Equal(
            Address, Ipv4Address.From(Assert.Single(host.Netlink.ListAddresses(AddressFamily.InterNetwork, host.A.Index)).Address));
        Assert.Empty(host.Netlink.ListAddresses(AddressFamily.InterNetwork, 4711));
    });

    [Fact]
    public void A_list_too_long_for_one_datagram_is_complete_and_in_order() => TestHost.Run(host =>
    {
        const int Count = 3000;
        var first = Ipv4Address.Parse("10.64.0.1");
        var expected = Enumerable.Range(0, Count).Select(i => new Ipv4Address(first.Value + (uint)i)).ToList();
        foreach (Ipv4Address address in expected)
            Assert.True(host.Netlink.AddAddress(host.A.Index, address, 32));

        IEnumerable<string> listed = host.Netlink.ListAddresses(AddressFamily.InterNetwork)
            .Where(address => address.LinkIndex == host.A.Index)
            .Select(address => address.Address.ToString());
        Assert.Equal(expected.Select(address => address.ToString()), listed);
    });

    [Fact]
    public void Only_IP_families_can_be_listed() => TestHost.Run(host =>
        Assert.Throws<ArgumentOutOfRangeException>(() => host.Netlink.ListAddresses(AddressFamily.Unix)));
}

using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class InterfaceSelectorTests
{
    private static readonly ExternalInterface Eth0 = Interface(2, "eth0", 1500, "192.168.0.5");
    private static readonly ExternalInterface Eth1 = Interface(3, "eth1", 9000, "10.0.0.5");

    [Theory]
    [InlineData("eth0")]
    [InlineData("192.168.0.5")]
    public void Takes_the_interface_of_that_name_or_address(string value) =>
        Assert.Equal(Eth0, TestSnapshot.Usual.Select([value]));

    [Theory]
    [InlineData("eth0", "eth1")]
    [InlineData("eth7", "10.9.9.9", "eth0", "eth1")]
    [InlineData("lo", "eth0")]
    public void Takes_the_first_that_fits(params string[] values) => Assert.Equal(Eth0, TestSnapshot.Usual.Select(values));

    [Fact]
    public void Takes_exactly_the_address_that_was_given() => Assert.Equal(
        Interface(1, "eth0", 1500, "169.254.0.1"),
        new TestSnapshot().Link("eth0", 1500, "10.0.0.1/24", "169.254.0.1/16").Select(["169.254.0.1"]));

    [Fact]
    public void Without_any_takes_the_default_routes_interface() => Assert.Equal(Eth1, TestSnapshot.Usual.Select([]));

    [Fact]
    public void Takes_the_first_default_route_that_leads_somewhere() => Assert.Equal(
        Eth0,
        new TestSnapshot()
            .Link("lo", 65536, "127.0.0.1/8")
            .Link("eth0", 1500, "192.168.0.5/24")
            .Link("eth1", 9000, "10.0.0.5/24")
            .Route("10.0.0.0/24", RouteType.Unicast, 3)
            .Route("0.0.0.0/0", RouteType.Unreachable, 1)
            .Route("0.0.0.0/0", RouteType.Unicast, 0, 2, 3)
            .Route("0.0.0.0/0", RouteType.Unicast, 3)
            .Select([]));

    [Fact]
    public void A_public_address_on_an_interface_chooses_that_interface() =>
        Assert.Equal(Eth0, TestSnapshot.Usual.Select([], "192.168.0.5"));

    [Fact]
    public void A_public_address_behind_a_NAT_goes_with_the_default_routes_interface() => Assert.Equal(
        Eth1 with { PublicAddress = Ipv4Address.Parse("192.0.2.7") }, TestSnapshot.Usual.Select([], "192.0.2.7"));

    [Fact]
    public void A_public_address_goes_with_the_interface_that_was_asked_for() => Assert.Equal(
        Eth0 with { PublicAddress = Ipv4Address.Parse("10.0.0.5") }, TestSnapshot.Usual.Select(["eth0"], "10.0.0.5"));

    [Theory]
    [InlineData("nonsense")]
    [InlineData("192.0.2")]
    [InlineData("fc00::1")]
    public void Refuses_a_public_address_that_is_none(string value) => Assert.Equal(
        $"invalid public IP address: {value} (expected an IPv4 address, like 192.0.2.7)",
        TestSnapshot.Usual.Fail(["eth0"], value));

    [Fact]
    public void A_failure_says_why_what_to_pass_and_what_there_is() => Assert.Equal(
        "found no interface to use: --iface=eth7: no interface has this name; --iface=10.9.9.9: no interface has this address; "
        + "--iface=lo: lo has no usable IPv4 address; pass --iface=<name or address of an interface>; "
        + "this host has lo [127.0.0.1/8], eth0 [192.168.0.5/24], eth1 [10.0.0.5/24]",
        TestSnapshot.Usual.Fail(["eth7", "10.9.9.9", "lo"]));

    [Fact]
    public void No_default_route_is_a_failure() => Assert.Equal(
        "found no interface to use: there is no default route; pass --iface=<name or address of an interface>; "
        + "this host has eth0 [10.0.0.1/24 10.0.1.1/24], eth1 []",
        new TestSnapshot().Link("eth0", 1500, "10.0.0.1/24", "10.0.1.1/24").Link("eth1", 1500).Fail([]));

    [Fact]
    public void A_default_route_through_a_link_that_is_gone_is_a_failure() => Assert.Contains(
        "the default route's interface, index 9, is gone",
        new TestSnapshot().Link("eth0", 1500, "10.0.0.1/24").Route("0.0.0.0/0", RouteType.Unicast, 9).Fail([]),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("eth0")]
    [InlineData("10.0.0.1")]
    public void An_MTU_of_0_is_a_failure(string value) => Assert.Contains(
        $"--iface={value}: eth0 has MTU 0",
        new TestSnapshot().Link("eth0", 0, "10.0.0.1/24").Fail([value]),
        StringComparison.Ordinal);

    private static ExternalInterface Interface(int index, string name, int mtu, string address) =>
        new(index, name, mtu, Ipv4Address.Parse(address), Ipv4Address.Parse(address));
}

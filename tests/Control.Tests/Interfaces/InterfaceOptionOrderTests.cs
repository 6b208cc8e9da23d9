using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>Each --iface, then each --iface-regex, then --iface-can-reach, as flannel orders them.</summary>
public class InterfaceOptionOrderTests
{
    private static TestSnapshot Host => new TestSnapshot()
        .Link("lo", 65536, "127.0.0.1/8")
        .Link("eth0", 1500, "192.168.0.5/24")
        .Link("eth1", 9000, "10.0.0.5/24", "10.7.0.5/24")
        .Link("wlan0", 1500)
        .Route("0.0.0.0/0", RouteType.Unicast, 2);

    [Theory]
    [InlineData(@"^10\.7\.", "eth1", "10.7.0.5")]
    [InlineData("^10", "eth1", "10.0.0.5")]
    [InlineData("1", "eth0", "192.168.0.5")]
    [InlineData("^eth", "eth0", "192.168.0.5")]
    [InlineData("th1$", "eth1", "10.0.0.5")]
    [InlineData("lan|eth1", "eth1", "10.0.0.5")]
    public void A_pattern_is_for_addresses_and_then_for_names(string pattern, string name, string address)
    {
        ExternalInterface chosen = Host.Select(new InterfaceOptions { Patterns = [pattern] });
        Assert.Equal((name, address), (chosen.Name, chosen.Address.ToString()));
    }

    [Theory]
    [InlineData("eth1", "^eth0$", "eth1")]
    [InlineData("eth7", "^eth1$", "eth1")]
    [InlineData("eth7", "^eth7$", "eth0")]
    public void Patterns_come_after_interfaces_and_before_the_destination(string value, string pattern, string expected)
    {
        var options = new InterfaceOptions { Interfaces = [value], Patterns = ["^eth8$", pattern], CanReach = "192.0.2.7" };
        Assert.Equal(expected, Host.Way(2, "192.168.0.5").Select(options).Name);
    }

    [Fact]
    public void A_destination_chooses_the_link_and_the_source_of_its_route()
    {
        ExternalInterface chosen = Host.Way(3, "10.7.0.5").Select(new InterfaceOptions { CanReach = "192.0.2.7" });
        Assert.Equal(("eth1", "10.7.0.5"), (chosen.Name, chosen.Address.ToString()));
    }

    [Fact]
    public void A_pattern_that_is_not_reached_is_not_read() =>
        Assert.Equal("eth0", Host.Select(new InterfaceOptions { Interfaces = ["eth0"], Patterns = ["("] }).Name);

    [Fact]
    public void A_failure_names_every_option_with_its_reason() => Assert.Equal(
        "found no interface to use: --iface=eth7: no interface has this name; --iface-regex=^172: it is in no interface's name, "
        + "and in none's IPv4 address; --iface-regex=lan: wlan0 has no usable IPv4 address; --iface-can-reach=192.0.2.7: "
        + "cannot find a route to 192.0.2.7: Network is unreachable; pass --iface=<name or address of an interface>; "
        + "this host has lo [127.0.0.1/8], eth0 [192.168.0.5/24], eth1 [10.0.0.5/24 10.7.0.5/24], wlan0 []",
        Host.Fail(new InterfaceOptions { Interfaces = ["eth7"], Patterns = ["^172", "lan"], CanReach = "192.0.2.7" }));

    [Fact]
    public void A_destination_that_is_no_address_is_a_failure() => Assert.Contains(
        "--iface-can-reach=gateway: this is not an IP address",
        Host.Fail(new InterfaceOptions { CanReach = "gateway" }),
        StringComparison.Ordinal);

    [Fact]
    public void A_destination_on_this_host_is_a_failure() => Assert.Contains(
        "--iface-can-reach=192.168.0.5: this is an address of this host itself",
        Host.Way(1, "192.168.0.5", RouteType.Local).Fail(new InterfaceOptions { CanReach = "192.168.0.5" }),
        StringComparison.Ordinal);
}

using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class DualStackSelectionTests
{
    private static TestSnapshot Host => new TestSnapshot()
        .Link("lo", 65536, "127.0.0.1/8", "::1/128")
        .Link("eth0", 1500, "192.168.0.5/24")
        .Link("eth1", 1500, "10.0.0.5/24", "fe80::5/64", "fd00::5/64", "fd00::6/64")
        .Link("eth2", 1500, "10.0.1.5/24", "fd01::5/64")
        .Route("0.0.0.0/0", RouteType.Unicast, 2)
        .Route("0.0.0.0/0", RouteType.Unicast, 3)
        .Route("::/0", RouteType.Unicast, 3);

    [Theory]
    [InlineData("eth1", "10.0.0.5", "fd00::5")]
    [InlineData("10.0.0.5", "10.0.0.5", "fd00::5")]
    [InlineData("fd00::6", "10.0.0.5", "fd00::6")]
    [InlineData("fe80::5", "10.0.0.5", "fe80::5")]
    public void A_name_or_an_address_of_either_family_chooses_both(string value, string ipv4, string ipv6) =>
        AssertChosen(new InterfaceOptions { Interfaces = [value] }, ipv4, ipv6);

    [Fact]
    public void Without_options_both_default_routes_must_lead_through_it() =>
        AssertChosen(new InterfaceOptions(), "10.0.0.5", "fd00::5");

    [Fact]
    public void A_pattern_must_be_in_an_address_of_each_family() =>
        AssertChosen(new InterfaceOptions { Patterns = [@"^192\.|^10\.0\.1|^fd01"] }, "10.0.1.5", "fd01::5");

    [Theory]
    [InlineData("", "fd00::6", "10.0.0.5", "10.0.0.5", "fd00::6")]
    [InlineData("10.0.1.5", "", "10.0.1.5", "10.0.1.5", "fd01::5")]
    [InlineData("192.0.2.7", "2001:db8::7", "10.0.0.5", "192.0.2.7", "2001:db8::7")]
    public void Public_addresses_choose_their_interface_and_behind_a_NAT_the_default_routes(
        string publicIP, string publicIPv6, string ipv4, string publicIPv4, string expectedIPv6)
    {
        ExternalInterface chosen = Host.Select(
            new InterfaceOptions { PublicIP = publicIP, PublicIPv6 = publicIPv6 }, isDualStack: true);
        Assert.Equal(
            (ipv4, publicIPv4, expectedIPv6),
            (chosen.Address.ToString(), chosen.PublicAddress.ToString(), chosen.PublicIPv6.ToString()));
    }

    [Fact]
    public void Public_addresses_on_two_interfaces_are_a_failure() => Assert.Contains(
        "v6 interface eth2, which has --public-ipv6=fd01::5, must be the same with v4 interface eth1",
        Host.Fail(new InterfaceOptions { PublicIP = "10.0.0.5", PublicIPv6 = "fd01::5" }, isDualStack: true),
        StringComparison.Ordinal);

    [Fact]
    public void An_interface_without_IPv6_is_a_failure() => Assert.Contains(
        "--iface=eth0: eth0 has no usable IPv6 address",
        Host.Fail(new InterfaceOptions { Interfaces = ["eth0"] }, isDualStack: true),
        StringComparison.Ordinal);

    [Fact]
    public void Default_routes_through_two_interfaces_are_a_failure() => Assert.Contains(
        "the IPv4 default route leads through eth0 and the IPv6 one through eth1",
        new TestSnapshot()
            .Link("eth0", 1500, "192.168.0.5/24")
            .Link("eth1", 1500, "10.0.0.5/24", "fd00::5/64")
            .Route("0.0.0.0/0", RouteType.Unicast, 1)
            .Route("::/0", RouteType.Unicast, 2)
            .Fail(new InterfaceOptions(), isDualStack: true),
        StringComparison.Ordinal);

    [Fact]
    public void In_an_IPv4_network_an_IPv6_address_chooses_the_interface_alone()
    {
        ExternalInterface chosen = Host.Select(new InterfaceOptions { PublicIPv6 = "fd01::5" });
        Assert.Equal(("eth2", null, null), (chosen.Name, chosen.IPv6, chosen.PublicIPv6));
    }

    [Fact]
    public void A_public_IPv6_address_that_is_none_is_refused() => Assert.Equal(
        "invalid public IP address: 192.0.2.7 (expected an IPv6 address, like 2001:db8::7)",
        Host.Fail(new InterfaceOptions { PublicIPv6 = "192.0.2.7" }));

    private static void AssertChosen(InterfaceOptions options, string ipv4, string ipv6)
    {
        ExternalInterface chosen = Host.Select(options, isDualStack: true);
        Assert.Equal((ipv4, ipv6), (chosen.Address.ToString(), chosen.IPv6.ToString()));
        Assert.Equal(chosen.IPv6, chosen.PublicIPv6);
    }
}

using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class ExternalDecisionTests
{
    private static readonly InterfaceOptions Open = new();

    private static InterfaceOptions Named => new() { Interfaces = ["eth1"] };

    private static TestSnapshot Without => new TestSnapshot().Link("lo", 65536, "127.0.0.1/8").Link("eth0", 1500, "192.168.0.5/24");

    [Fact]
    public void As_long_as_its_address_is_there_the_interface_stays_whatever_else_comes()
    {
        // Start would choose eth0 by its default route, or 10.0.0.4 as the first address of eth1.
        TestSnapshot now = Without.Link("eth1", 9000, "10.0.0.4/24", "10.0.0.5/24").Route("0.0.0.0/0", RouteType.Unicast, 2);
        AssertStays(now, Open);
        AssertStays(now, Named);
    }

    [Fact]
    public void A_new_address_on_the_named_interface_is_taken_when_the_old_one_is_gone()
    {
        ExternalInterface next = Move(Without.Link("eth1", 9000, "10.0.0.9/24"), Named);
        Assert.Equal(("eth1", "10.0.0.9", "10.0.0.9"), (next.Name, next.Address.ToString(), next.PublicAddress.ToString()));
    }

    [Fact]
    public void A_fixed_public_address_stays_when_the_interfaces_own_changes()
    {
        var options = Named with { PublicIP = "203.0.113.5" };
        ExternalInterface before = TestSnapshot.Usual.Select(options);
        ExternalInterface next = Move(Without.Link("eth1", 9000, "10.0.0.9/24"), options, before);
        Assert.Equal(("10.0.0.9", "203.0.113.5"), (next.Address.ToString(), next.PublicAddress.ToString()));
    }

    [Fact]
    public void Without_options_the_default_route_leads_to_the_next_one_also_on_another_interface()
    {
        ExternalInterface next = Move(Without.Link("eth1", 9000).Route("0.0.0.0/0", RouteType.Unicast, 2), Open);
        Assert.Equal(("eth0", "192.168.0.5"), (next.Name, next.Address.ToString()));
    }

    [Theory]
    [InlineData("^10[.]0[.]0[.]")]
    [InlineData("^eth1$")]
    public void A_pattern_is_looked_for_again(string pattern)
    {
        ExternalInterface next = Move(
            Without.Link("eth1", 9000, "10.0.0.9/24"), new InterfaceOptions { Patterns = [pattern] });
        Assert.Equal(("eth1", "10.0.0.9"), (next.Name, next.Address.ToString()));
    }

    [Fact]
    public void The_way_to_an_address_is_asked_for_again()
    {
        ExternalInterface next = Move(
            Without.Link("eth1", 9000, "10.0.0.9/24").Way(2, "192.168.0.5"), new InterfaceOptions { CanReach = "192.0.2.1" });
        Assert.Equal(("eth0", "192.168.0.5"), (next.Name, next.Address.ToString()));
    }

    [Fact]
    public void An_address_that_was_asked_for_itself_has_no_other_in_its_place()
    {
        ExternalDecision decision = Decide(
            Without.Link("eth1", 9000, "10.0.0.9/24"), new InterfaceOptions { Interfaces = ["10.0.0.5"] });
        Assert.Contains(
            "--iface=10.0.0.5: no interface has this address", Assert.IsType<ExternalDecision.Lost>(decision).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void With_nothing_left_it_says_what_the_host_has()
    {
        var lost = Assert.IsType<ExternalDecision.Lost>(Decide(Without.Link("eth1", 9000), Named));
        Assert.Contains("eth1 has no usable IPv4 address", lost.Problem, StringComparison.Ordinal);
        Assert.Contains("eth1 []", lost.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_was_made_anew_with_the_same_address_has_moved()
    {
        ExternalInterface next = Move(Without.Link("other", 1500).Link("eth1", 9000, "10.0.0.5/24"), Named);
        Assert.Equal((4, "10.0.0.5"), (next.LinkIndex, next.Address.ToString()));
    }

    [Fact]
    public void An_address_that_a_bridge_has_taken_over_still_works_though_the_named_interface_has_none() =>
        AssertStays(Without.Link("eth1", 9000).Link("br0", 1500, "10.0.0.5/24"), Named);

    [Fact]
    public void An_address_on_the_loopback_that_packets_are_sent_from_stays()
    {
        var options = new InterfaceOptions { CanReach = "192.0.2.1" };
        TestSnapshot host = new TestSnapshot().Link("lo", 65536, "127.0.0.1/8", "10.9.9.9/32").Link("eth0", 1500).Way(2, "10.9.9.9");
        AssertStays(host, options, host.Select(options));
    }

    [Fact]
    public void The_overlays_own_addresses_lead_to_no_peer()
    {
        NetworkConfig config = NetworkConfigReader.Read("""{"Network":"10.5.0.0/16"}""").Value!;
        InterfaceSnapshot now = Without.Link("eth1", 9000).Link("flannel0", 1472, "10.5.88.0/32").ToSnapshot().Outside(config);
        Assert.IsType<ExternalDecision.Lost>(
            ExternalDecision.Of(now, new InterfaceOptions { Patterns = ["^10[.]"] }, TestSnapshot.Usual.Select(Named)));
    }

    [Fact]
    public void In_dual_stack_either_address_counts()
    {
        TestSnapshot before = Without.Link("eth1", 9000, "10.0.0.5/24", "fd77::5/64");
        ExternalInterface external = before.Select(Named, isDualStack: true);
        AssertStays(before, Named, external);
        ExternalInterface next = Move(Without.Link("eth1", 9000, "10.0.0.5/24", "fd77::9/64"), Named, external);
        Assert.Equal(("10.0.0.5", "fd77::9", "fd77::9"), (next.Address.ToString(), next.IPv6.ToString(), next.PublicIPv6.ToString()));
        Assert.IsType<ExternalDecision.Lost>(Decide(Without.Link("eth1", 9000, "10.0.0.5/24"), Named, external));
    }

    private static void AssertStays(TestSnapshot now, InterfaceOptions options, ExternalInterface? before = null) =>
        Assert.IsType<ExternalDecision.Stay>(Decide(now, options, before));

    private static ExternalInterface Move(TestSnapshot now, InterfaceOptions options, ExternalInterface? before = null) =>
        Assert.IsType<ExternalDecision.Move>(Decide(now, options, before)).Next;

    /// <summary>Before, it was eth1 with 10.0.0.5, unless said otherwise.</summary>
    private static ExternalDecision Decide(TestSnapshot now, InterfaceOptions options, ExternalInterface? before = null) =>
        ExternalDecision.Of(now.ToSnapshot(), options, before ?? TestSnapshot.Usual.Select(Named));
}

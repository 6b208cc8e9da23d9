namespace FastFlannel.Control.Tests;

public class VxlanPlanTests
{
    [Fact]
    public void A_peer_gets_what_flannel_makes_of_both_families_in_the_order_of_need()
    {
        string[] changes = new TestKernel().Reach(Desire(TestNetwork.Vxlan with { Peers = TestNetwork.Peers(TestNetwork.Peer(7)) }));

        Assert.Equal(
            [
                "replace address 10.5.1.0/32 on link 3",
                "replace address fd05:0:0:1::/128 on link 4",
                "replace neighbour 10.5.7.0 lladdr 02:00:00:00:00:07 on link 3",
                "replace neighbour fd05:0:0:7:: lladdr 02:00:00:00:01:07 on link 4",
                "replace fdb entry 02:00:00:00:00:07 dst 192.168.0.7 on link 3",
                "replace fdb entry 02:00:00:00:01:07 dst fd77::7 on link 4",
                "replace route 10.5.7.0/24 via 10.5.7.0 on link 3 onlink",
                "replace route fd05:0:0:7::/64 via fd05:0:0:7:: on link 4 onlink",
            ],
            changes);
    }

    [Fact]
    public void Without_a_lease_there_is_nothing_to_do_yet() =>
        Assert.Empty(Desire(TestNetwork.Vxlan with { Own = null, Peers = TestNetwork.Peers(TestNetwork.Peer(7)) }).Entries);

    [Fact]
    public void As_long_as_the_peers_are_not_known_what_an_earlier_run_left_stays()
    {
        var kernel = new TestKernel();
        _ = kernel.Reach(Desire(TestNetwork.Vxlan with { Peers = TestNetwork.Peers(TestNetwork.Peer(7)) }));
        Assert.Empty(kernel.Reach(Desire(TestNetwork.Vxlan)));

        // Once they are known, the one that is gone is removed: first what uses the others.
        Assert.Equal(
            [
                "delete route 10.5.7.0/24 via 10.5.7.0 on link 3",
                "delete route fd05:0:0:7::/64 via fd05:0:0:7:: on link 4 metric 1024",
                "delete fdb entry 02:00:00:00:00:07 dst 192.168.0.7 on link 3",
                "delete fdb entry 02:00:00:00:01:07 dst fd77::7 on link 4",
                "delete neighbour 10.5.7.0 lladdr 02:00:00:00:00:07 on link 3",
                "delete neighbour fd05:0:0:7:: lladdr 02:00:00:00:01:07 on link 4",
            ],
            kernel.Reach(Desire(TestNetwork.Vxlan with { Peers = TestNetwork.Peers() })));
    }

    [Fact]
    public void With_DirectRouting_a_peer_on_the_link_gets_a_plain_route_and_one_behind_a_router_the_tunnel()
    {
        VxlanPlan plan = TestNetwork.Vxlan with
        {
            DirectRouting = true,
            IPv6Device = null,
            Peers = TestNetwork.Peers(TestNetwork.Peer(7), TestNetwork.Peer(8, "192.168.9.8")),
        };
        var kernel = new TestKernel();
        _ = kernel.Reach(Desire(plan));

        Assert.Contains("10.5.7.0/24 via 192.168.0.7 on link 2", kernel.Routes);
        Assert.Contains("10.5.8.0/24 via 10.5.8.0 on link 3", kernel.Routes);
        Assert.Equal(TestNetwork.Mac(8), Assert.Single(kernel.Now.FdbEntries).Mac);
        Assert.Equal(TestNetwork.Mac(8), Assert.Single(kernel.Now.Neighbours).Mac);
    }

    [Theory]
    [InlineData(null, "no Ethernet address (VtepMAC)")]
    [InlineData("""{"VNI":1}""", "no Ethernet address (VtepMAC)")]
    [InlineData("""{"VNI":1,"VtepMAC":"01:00:5e:00:00:01"}""", "no Ethernet address (VtepMAC)")]
    [InlineData("\"rubbish\"", "no Ethernet address (VtepMAC)")]
    [InlineData("""{"VNI":1,"VtepMAC":"02:00:00:00:00:01"}""", "VtepMAC 02:00:00:00:00:01 is that of 10.5.1.0/24")]
    [InlineData("""{"VNI":1,"VtepMAC":"02:00:00:00:00:07"}""", "VtepMAC 02:00:00:00:00:07 is that of 10.5.7.0/24")]
    public void A_peer_that_no_frame_can_be_sent_to_is_refused_alone(string? data, string reason)
    {
        Lease peer = TestNetwork.Peer(8);
        Lease bad = peer with { Attributes = peer.Attributes with { BackendData = data } };
        DesiredKernelState desired = Desire(
            TestNetwork.Vxlan with { IPv6Device = null, Peers = TestNetwork.Peers(TestNetwork.Peer(7), bad, TestNetwork.Peer(9)) });

        (Subnet refused, string why) = Assert.Single(desired.Refused);
        Assert.Equal(bad.Subnet, refused);
        Assert.Contains(reason, why, StringComparison.Ordinal);
        Assert.Equal([null, 7, 9], desired.Entries.Select(NumberOf).Distinct());
    }

    [Fact]
    public void A_subnet_outside_of_the_network_is_not_routed_anywhere()
    {
        Lease everything = TestNetwork.Peer(8) with { Subnet = new Subnet(Native.Ipv4Prefix.Parse("0.0.0.0/0")) };

        DesiredKernelState desired = Desire(TestNetwork.Vxlan with { Peers = TestNetwork.Peers(everything) });

        Assert.Contains("not inside the network", desired.Refused[everything.Subnet], StringComparison.Ordinal);
        Assert.All(desired.Entries, entry => Assert.Null(entry.Peer));
    }

    [Fact]
    public void On_a_device_that_is_gone_nothing_is_desired()
    {
        CurrentKernelState without = new TestKernel().Without("flannel.1").Now;

        DesiredKernelState desired = (TestNetwork.Vxlan with { Peers = TestNetwork.Peers(TestNetwork.Peer(7)) }).Desire(without);

        Assert.All(desired.Entries, entry => Assert.Contains("on link 4", entry.Entry.ToString(), StringComparison.Ordinal));
        Assert.Equal(4, desired.Entries.Count);
    }

    private static int? NumberOf(DesiredEntry entry) => (int?)(entry.Peer?.Ipv4.Network.Value >> 8 & 0xFF);

    private static DesiredKernelState Desire(VxlanPlan plan) => plan.Desire(new TestKernel().Now);
}

namespace FastFlannel.Control.Tests;

public class HostGatewayPlanTests
{
    private static readonly HostGatewayPlan Plan = new(TestNetwork.Config, "eth0", TestNetwork.Peers(TestNetwork.Peer(7)));

    [Fact]
    public void A_peer_gets_a_route_of_each_family() => Assert.Equal(
        [
            "replace route 10.5.7.0/24 via 192.168.0.7 on link 2",
            "replace route fd05:0:0:7::/64 via fd77::7 on link 2",
        ],
        new TestKernel().Reach(Plan.Desire(new TestKernel().Now)));

    [Fact]
    public void A_peer_behind_a_router_is_refused_alone_and_told_what_helps()
    {
        Lease far = TestNetwork.Peer(8, "192.168.9.8");

        HostGatewayPlan plan = Plan with { Peers = TestNetwork.Peers(far, TestNetwork.Peer(7)) };
        DesiredKernelState desired = plan.Desire(new TestKernel().Now);

        Assert.Contains("192.168.9.8 is not on the link of eth0", desired.Refused[far.Subnet], StringComparison.Ordinal);
        Assert.Contains("vxlan", desired.Refused[far.Subnet], StringComparison.Ordinal);
        Assert.Contains(desired.Entries, entry => entry.Peer == TestNetwork.Peer(7).Subnet);
    }

    [Fact]
    public void A_peer_that_is_gone_loses_its_routes_and_nobody_else_does()
    {
        var kernel = new TestKernel();
        _ = kernel.Reach(Plan.Desire(kernel.Now));
        string[] others = [.. kernel.With(TestKernel.Route("10.5.200.0/24", TestKernel.Eth0, "192.168.0.1")).Routes];

        Assert.Equal(2, kernel.Reach((Plan with { Peers = TestNetwork.Peers() }).Desire(kernel.Now)).Length);
        Assert.Equal(2, others.Except(kernel.Routes).Count());
        Assert.Contains("10.5.200.0/24 via 192.168.0.1 on link 2", kernel.Routes);
    }

    [Fact]
    public void Without_the_interface_nothing_is_desired_and_nothing_deleted()
    {
        DesiredKernelState desired = Plan.Desire(new TestKernel().Without("eth0").Now);

        Assert.Empty(desired.Entries);
        Assert.Null(desired.Ownership);
    }
}

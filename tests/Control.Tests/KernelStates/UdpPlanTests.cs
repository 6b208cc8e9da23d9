using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class UdpPlanTests
{
    private static readonly UdpPlan Plan =
        new("eth0", new TunDevice("flannel0", 1472), TestNetwork.Own.Ipv4.Network, TestNetwork.Config.Network);

    private static readonly UdpPlan DualStackPlan = Plan with
    {
        Ipv6Address = TestNetwork.Own.Ipv6!.Value.Network,
        Ipv6Network = TestNetwork.Config.IPv6Network,
    };

    private readonly TestKernel _kernel = new TestKernel().With(new LinkInfo(9, "flannel0", 1472, LinkFlags.Up, "tun", 5000));

    [Fact]
    public void The_device_gets_an_address_and_the_network() => Assert.Equal(
        ["replace address 10.5.1.0/32 on link 9", "replace route 10.5.0.0/16 on link 9"],
        _kernel.Reach(Plan.Desire(_kernel.Now)));

    [Fact]
    public void With_both_families_it_gets_both_and_then_nothing_more()
    {
        Assert.Equal(
            [
                "replace address 10.5.1.0/32 on link 9",
                "replace address fd05:0:0:1::/128 on link 9",
                "replace route 10.5.0.0/16 on link 9",
                "replace route fd05::/56 on link 9",
            ],
            _kernel.Reach(DualStackPlan.Desire(_kernel.Now)));
        Assert.Empty(_kernel.Reach(DualStackPlan.Desire(_kernel.Now)));
    }

    [Fact]
    public void A_route_that_is_somebodys_wish_stays_as_it_is()
    {
        _ = _kernel.With(TestKernel.Route("10.5.0.0/16", TestKernel.Eth0), TestKernel.Route("fd05::/56", TestKernel.Eth0));

        _ = _kernel.Reach((DualStackPlan with { Network = null, Ipv6Network = null }).Desire(_kernel.Now));

        Assert.Superset(
            new HashSet<string> { "10.5.0.0/16 on link 2", "fd05::/56 on link 2 metric 1024" }, _kernel.Routes.ToHashSet());
    }

    [Fact]
    public void Without_the_device_nothing_is_desired() => Assert.Empty(DualStackPlan.Desire(new TestKernel().Now).Entries);

    [Fact]
    public void Somebody_elses_device_of_the_name_is_left_as_it_is()
    {
        var bridge = new LinkInfo(9, "flannel0", 1500, default, "bridge", 1000);
        CurrentKernelState now = new TestKernel().With(bridge).Now;
        Assert.Empty(DualStackPlan.Desire(now).Entries);
        Assert.Equal(default, Plan.Device.Repair(bridge, now.Links));
        Assert.NotEqual(default, Plan.Device.Repair(bridge with { Kind = "tun" }, now.Links));
    }
}

using System.Net;
using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class KernelDiffTests
{
    private static readonly VxlanPlan Plan = TestNetwork.Vxlan with
    {
        DirectRouting = true,
        IPv6Device = null,
        Peers = TestNetwork.Peers(
            [TestNetwork.Peer(20), .. Enumerable.Range(2, 6).Select(number => TestNetwork.Peer(number, $"192.168.9.{number}"))]),
    };

    // What others may do to the entries of the plan's peers, and to their own.
    private static readonly Gen<object> Foreign = Gen.OneOf<object>(
        Gen.Select(Gen.Int[2, 30], Gen.Int[2, 4], Gen.Int[0, 3], (subnet, link, gateway) => (object)TestKernel.Route(
            $"10.5.{subnet}.0/24", link, gateway == 0 ? null : gateway == 1 ? $"10.5.{subnet}.0" : $"192.168.0.{gateway}")),
        Gen.Select(Gen.Int[2, 30], Gen.Int[2, 30], (subnet, mac) =>
            (object)new Neighbour(TestKernel.Device, IPAddress.Parse($"10.5.{subnet}.0"), TestNetwork.Mac(mac))),
        Gen.Select(Gen.Int[2, 30], Gen.Int[2, 30], Gen.Bool, (mac, host, isLearned) => (object)new FdbEntry(
            TestKernel.Device,
            TestNetwork.Mac(mac),
            IPAddress.Parse($"192.168.9.{host}"),
            isLearned ? NeighbourStates.Reachable : NeighbourStates.Permanent)),
        Gen.Int[1, 30].Select(subnet => (object)new AddressInfo(TestKernel.Device, IPAddress.Parse($"10.5.{subnet}.0"), 32)));

    [Fact]
    public void Whatever_there_is_one_pass_leads_to_what_is_desired_and_a_second_has_nothing_to_do() =>
        Foreign.List[0, 40].Sample(things =>
        {
            TestKernel kernel = new TestKernel().With([.. things.DistinctBy(SlotOf)]);
            DesiredKernelState desired = Plan.Desire(kernel.Now);
            _ = kernel.Reach(desired);
            CurrentKernelState now = kernel.Now;
            Assert.Empty(kernel.Reach(desired));
            Assert.All(desired.Entries, wanted => Assert.True(IsThere(now, wanted.Entry), wanted.Entry.ToString()));
            Assert.Equal(
                things.DistinctBy(SlotOf).OfType<RouteInfo>().Where(IsForeign).Select(Words).Order(),
                now.Routes.Where(IsForeign).Where(route => things.Contains(route)).Select(Words).Order());
        });

    [Fact]
    public void What_is_right_already_is_not_touched()
    {
        var kernel = new TestKernel();
        _ = kernel.Reach(Plan.Desire(kernel.Now));
        Assert.Empty(kernel.Reach(Plan.Desire(kernel.Now)));
    }

    [Fact]
    public void What_is_wrong_is_replaced_in_one_step()
    {
        var kernel = new TestKernel();
        DesiredKernelState desired = Plan.Desire(kernel.Now);
        _ = kernel.Reach(desired);
        _ = kernel.Reach(new DesiredKernelState
        {
            Entries =
            [
                new(new IpRoute(IPNetwork.Parse("10.5.3.0/24"), TestKernel.Eth0, IPAddress.Parse("192.168.0.99"))),
                new(new Neighbour(TestKernel.Device, IPAddress.Parse("10.5.3.0"), TestNetwork.Mac(99))),
                new(new FdbEntry(TestKernel.Device, TestNetwork.Mac(3), IPAddress.Parse("192.168.0.99"))),
            ],
        });

        Assert.Equal(
            [
                "replace neighbour 10.5.3.0 lladdr 02:00:00:00:00:03 on link 3",
                "replace fdb entry 02:00:00:00:00:03 dst 192.168.9.3 on link 3",
                "replace route 10.5.3.0/24 via 10.5.3.0 on link 3 onlink",
            ],
            kernel.Reach(desired));
    }

    [Fact]
    public void A_route_put_before_ours_goes_and_one_behind_it_stays()
    {
        RouteInfo usurper = TestKernel.Route("10.5.3.0/24", TestKernel.Eth0, "192.168.0.98");
        RouteInfo ours = TestKernel.Route("10.5.3.0/24", TestKernel.Device, "10.5.3.0");
        RouteInfo behind = TestKernel.Route("10.5.3.0/24", TestKernel.Eth0, "192.168.0.99");
        TestKernel kernel = new TestKernel().With(usurper, ours, behind);
        DesiredKernelState desired = Plan.Desire(kernel.Now);

        Assert.Contains("delete route 10.5.3.0/24 via 192.168.0.98 on link 2", kernel.Reach(desired));
        Assert.Contains(behind, kernel.Now.Routes);
        Assert.DoesNotContain(usurper, kernel.Now.Routes);
    }

    [Fact]
    public void An_IPv6_route_over_another_link_goes_first_since_the_kernel_would_refuse_ours_beside_it()
    {
        TestKernel kernel = new TestKernel().With(TestKernel.Route("fd05:0:0:20::/64", TestKernel.Eth0, "fd77::99"));
        VxlanPlan plan = TestNetwork.Vxlan with { Peers = TestNetwork.Peers(TestNetwork.Peer(32)) };

        Assert.Equal(
            [
                "delete route fd05:0:0:20::/64 via fd77::99 on link 2 metric 1024",
                "replace route fd05:0:0:20::/64 via fd05:0:0:20:: on link 4 onlink",
            ],
            kernel.Reach(plan.Desire(kernel.Now)).Where(change => change.Contains("fd05:0:0:20::/64", StringComparison.Ordinal)));
    }

    private static bool IsForeign(RouteInfo route) =>
        route.LinkIndex == TestKernel.Device6
        && route.Destination.BaseAddress.GetAddressBytes()[2] is var subnet
        && subnet is not (20 or (>= 2 and <= 7));

    private static string Words(RouteInfo route) => route.ToRoute()!.ToString();

    private static object SlotOf(object thing) => thing switch
    {
        RouteInfo route => route.Destination,
        Neighbour neighbour => neighbour.Address,
        FdbEntry entry => entry.Mac,
        AddressInfo address => (address.Address, address.LinkIndex),
        _ => thing,
    };

    private static bool IsThere(CurrentKernelState now, KernelEntry entry) => entry switch
    {
        IpRoute route => now.Routes.Any(one =>
            one.Destination.Equals(route.Destination) && one.LinkIndex == route.LinkIndex && Equals(one.Gateway, route.Gateway)),
        Neighbour neighbour => now.Neighbours.Contains(neighbour),
        FdbEntry fdb => now.FdbEntries.Contains(fdb),
        AddressInfo address => now.Addresses.Any(one => one.Address.Equals(address.Address) && one.LinkIndex == address.LinkIndex),
        _ => false,
    };
}

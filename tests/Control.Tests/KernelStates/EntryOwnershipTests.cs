using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>What is in the kernel beside what is desired, and what becomes of it.</summary>
public class EntryOwnershipTests
{
    private static readonly IPNetwork ReservedForOthers = IPNetwork.Parse("10.5.50.0/24");

    private static readonly EntryOwnership Ownership = new(
        TestNetwork.Config,
        new HashSet<int> { TestKernel.Device, TestKernel.Device6 },
        TestKernel.Eth0,
        new HashSet<IPNetwork> { ReservedForOthers });

    private static readonly MacAddress Mac = TestNetwork.Mac(9);

    [Theory]
    [InlineData("10.5.7.0/24", TestKernel.Device, "10.5.7.0")]
    [InlineData("10.5.7.64/26", TestKernel.Device, "10.5.7.64")]
    [InlineData("fd05:0:0:7::/64", TestKernel.Device6, "fd05:0:0:7::")]
    [InlineData("10.5.7.0/24", TestKernel.Eth0, "192.168.0.7")]
    [InlineData("fd05:0:0:7::/64", TestKernel.Eth0, "fd77::7")]
    public void A_route_of_flannels_shape_is_its_own(string destination, int link, string gateway) =>
        Assert.True(Ownership.Includes(TestKernel.Route(destination, link, gateway)));

    [Fact]
    public void A_route_of_any_other_shape_is_somebody_elses() => Assert.All(
        [
            TestKernel.Route("0.0.0.0/0", TestKernel.Eth0, "192.168.0.1"),
            TestKernel.Route("10.6.7.0/24", TestKernel.Device, "10.6.7.0"),
            TestKernel.Route("10.5.0.0/16", TestKernel.Device, "10.5.0.0"),
            TestKernel.Route("10.5.7.0/24", TestKernel.Device, "10.5.7.1"),
            TestKernel.Route("10.5.7.0/24", TestKernel.Device),
            TestKernel.Route("10.5.7.0/24", TestKernel.Device, "10.5.7.0", RouteProtocol.Static),
            TestKernel.Route("10.5.7.0/24", TestKernel.Device, "10.5.7.0", metric: 5),
            TestKernel.Route("10.5.7.0/24", 9, "10.5.7.0"),
            TestKernel.Route("10.5.7.0/24", TestKernel.Eth0, "192.168.0.7", RouteProtocol.Dhcp),
            TestKernel.Route("10.5.7.0/24", TestKernel.Eth0, "192.168.0.7", metric: 100),
            TestKernel.Route("10.5.7.0/24", TestKernel.Eth0),
            TestKernel.Route("10.5.7.0/25", TestKernel.Eth0, "192.168.0.7"),
            TestKernel.Route("10.5.200.0/24", TestKernel.Eth0, "192.168.0.7"),
            TestKernel.Route("10.5.50.0/24", TestKernel.Eth0, "192.168.0.7"),
            TestKernel.Route("10.5.7.0/24", 9, "192.168.0.7"),
            TestKernel.Route("10.5.1.0/24", 0, type: RouteType.Blackhole),
            TestKernel.Route("fd05:0:0:7::/64", TestKernel.Eth0, "fd77::7", metric: 100),
        ],
        route => Assert.False(Ownership.Includes(route), route.ToString()));

    [Fact]
    public void Neighbours_and_fdb_entries_are_its_own_when_they_are_permanent_and_on_its_devices()
    {
        var neighbour = new Neighbour(TestKernel.Device, IPAddress.Parse("10.5.7.0"), Mac);
        Assert.True(Ownership.Includes(neighbour));
        Assert.True(Ownership.Includes(neighbour with { State = NeighbourStates.Permanent | NeighbourStates.NoArp }));
        Assert.False(Ownership.Includes(neighbour with { State = NeighbourStates.Reachable }));
        Assert.False(Ownership.Includes(neighbour with { LinkIndex = TestKernel.Eth0 }));
        Assert.False(Ownership.Includes(neighbour with { Address = IPAddress.Parse("10.99.0.1") }));

        var entry = new FdbEntry(TestKernel.Device, Mac, IPAddress.Parse("192.168.0.7"));
        Assert.True(Ownership.Includes(entry));
        Assert.False(Ownership.Includes(entry with { State = NeighbourStates.Reachable }));
        Assert.False(Ownership.Includes(entry with { LinkIndex = TestKernel.Eth0 }));
        Assert.False(Ownership.Includes(entry with { Mac = default }));
        Assert.False(Ownership.Includes(entry with { Mac = MacAddress.Parse("33:33:00:00:00:01") }));
        Assert.False(Ownership.Includes(entry with { Destination = null }));
    }

    [Fact]
    public void Addresses_are_its_own_on_its_devices_as_flannel_has_it()
    {
        Assert.True(Ownership.Includes(Address(TestKernel.Device, "10.5.3.0")));
        Assert.False(Ownership.Includes(Address(TestKernel.Device, "172.16.0.1")));
        Assert.False(Ownership.Includes(Address(TestKernel.Eth0, "10.5.3.0")));
        Assert.True(Ownership.Includes(Address(TestKernel.Device6, "fd99::1")));
        Assert.False(Ownership.Includes(Address(TestKernel.Device6, "fe80::1")));
    }

    private static AddressInfo Address(int link, string address) => new(link, IPAddress.Parse(address), 32);
}

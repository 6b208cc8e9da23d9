using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class InterfaceSnapshotTests
{
    [Fact]
    public void The_kernels_own_state_leads_to_the_default_routes_interface() => NetworkNamespace.RunInNew(() =>
    {
        // The loopback is the one link that every namespace has; with an address of its own it serves as any other.
        using var netlink = RouteNetlink.Open();
        int index = netlink.FindLink("lo")!.Index;
        var address = Ipv4Address.Parse("10.0.0.1");
        netlink.ChangeLink(index, new LinkChange(Mtu: 1500, Up: true));
        Assert.True(netlink.AddAddress(index, address, 24));
        Assert.True(netlink.AddRoute(new IpRoute(Ipv4Prefix.Parse("0.0.0.0/0"), index)));

        var snapshot = InterfaceSnapshot.Read(netlink);
        Assert.Equal(
            new ExternalInterface(index, "lo", 1500, address, address),
            InterfaceSelector.Select(snapshot, new InterfaceOptions()));
        Assert.Contains("lo [127.0.0.1/8 10.0.0.1/24 ::1/128]", snapshot.Describe(), StringComparison.Ordinal);
    });
}

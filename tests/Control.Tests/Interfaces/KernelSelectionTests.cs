using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>The options against a real kernel: two tunnels of the test's own namespace stand for two network cards.</summary>
public class KernelSelectionTests
{
    [Theory]
    [InlineData("--iface", "fi1", "fi1", "10.78.0.1")]
    [InlineData("--iface", "10.78.0.2", "fi1", "10.78.0.2")]
    [InlineData("--iface-regex", @"^10\.78\.0\.2", "fi1", "10.78.0.2")]
    [InlineData("--iface-regex", "^fi[0]$", "fi0", "10.77.0.1")]
    [InlineData("--iface-can-reach", "10.78.0.200", "fi1", "10.78.0.1")]
    [InlineData("--iface-can-reach", "192.0.2.9", "fi0", "10.77.0.1")]
    [InlineData("--public-ip", "10.78.0.2", "fi1", "10.78.0.2")]
    [InlineData("--public-ip", "203.0.113.5", "fi0", "10.77.0.1")]
    [InlineData("--public-ipv6", "2001:db8::7", "fi0", "10.77.0.1")]
    public void Every_option_finds_its_interface(string option, string value, string name, string address) => RunOnHost(netlink =>
    {
        var options = new InterfaceOptions();
        options = option switch
        {
            "--iface" => options with { Interfaces = [value] },
            "--iface-regex" => options with { Patterns = [value] },
            "--iface-can-reach" => options with { CanReach = value },
            "--public-ip" => options with { PublicIP = value },
            _ => options with { PublicIPv6 = value },
        };
        ExternalInterface chosen = InterfaceSelector.Select(InterfaceSnapshot.Read(netlink), options);
        Assert.Equal((name, address), (chosen.Name, chosen.Address.ToString()));
        Assert.Equal(option == "--public-ip" ? value : address, chosen.PublicAddress.ToString());
    });

    [Fact]
    public void What_cannot_be_reached_names_the_kernels_reason_and_every_interface() => RunOnHost(netlink =>
    {
        Assert.True(netlink.DeleteRoute(Default(netlink)));
        string message = Assert.Throws<FatalException>(() => InterfaceSelector.Select(
            InterfaceSnapshot.Read(netlink), new InterfaceOptions { CanReach = "192.0.2.9" })).Message;
        Assert.Contains(
            "--iface-can-reach=192.0.2.9: cannot find a route to 192.0.2.9: Network is unreachable",
            message,
            StringComparison.Ordinal);
        Assert.Contains("fi1 [10.78.0.1/24 10.78.0.2/24", message, StringComparison.Ordinal);
    });

    private static void RunOnHost(Action<RouteNetlink> test) => NetworkNamespace.RunInNew(() =>
    {
        TunQueue[] cards = [.. TunQueue.Create("fi0", 1), .. TunQueue.Create("fi1", 1)];
        try
        {
            using var netlink = RouteNetlink.Open();
            SetUp(netlink, "fi0", "10.77.0.1");
            SetUp(netlink, "fi1", "10.78.0.1", "10.78.0.2");
            Assert.True(netlink.AddRoute(Default(netlink)));
            test(netlink);
        }
        finally
        {
            foreach (TunQueue card in cards)
                card.Dispose();
        }
    });

    private static void SetUp(RouteNetlink netlink, string name, params string[] addresses)
    {
        int link = netlink.FindLink(name)!.Index;
        netlink.ChangeLink(link, new LinkChange(Up: true));
        foreach (string address in addresses)
            Assert.True(netlink.AddAddress(link, Ipv4Address.Parse(address), 24));
    }

    private static IpRoute Default(RouteNetlink netlink) =>
        new(Ipv4Prefix.Parse("0.0.0.0/0"), netlink.FindLink("fi0")!.Index, Ipv4Address.Parse("10.77.0.254"));
}

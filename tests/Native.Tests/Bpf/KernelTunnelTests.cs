namespace FastFlannel.Native.Tests;

public class KernelTunnelTests
{
    [Fact]
    public void Programs_are_on_both_devices_until_it_is_disposed() => TestHost.Run(host =>
    {
        host.SetUp("192.0.2.1", 24);
        using var tun = TunQueue.Create("tun%d");
        int link = host.Netlink.FindLink(tun.Name)!.Index;
        var settings = new KernelTunnelSettings(
            link, host.A.Index, Ipv4Address.Parse("192.0.2.1"), 8285, Ipv4Address.Parse("10.5.1.0"), 1472);

        using (var tunnel = new KernelTunnel(settings))
        {
            tunnel.SetSender(Ipv4Prefix.Parse("10.5.2.0/24"), Ipv4Address.Parse("192.0.2.2"));
            tunnel.SetRoute(Ipv4Prefix.Parse("10.5.2.0/24"), Ipv4Address.Parse("192.0.2.2"));
            tunnel.SetRoute(Ipv4Prefix.Parse("10.5.2.0/24"), Ipv4Address.Parse("192.0.2.3"));
            tunnel.RemoveRoute(Ipv4Prefix.Parse("10.5.2.0/24"));
            tunnel.RemoveRoute(Ipv4Prefix.Parse("10.5.2.0/24"));
            tunnel.RemoveSender(Ipv4Prefix.Parse("10.5.2.0/24"), Ipv4Address.Parse("192.0.2.2"));

            Assert.Equal(default, tunnel.Counters);
        }

        // The devices are free again for another one.
        using var next = new KernelTunnel(settings);
    });

    [Fact]
    public void A_device_that_is_not_there_is_an_error_that_names_it() => TestHost.Run(host =>
    {
        var settings = new KernelTunnelSettings(
            4711, host.A.Index, Ipv4Address.Parse("192.0.2.1"), 8285, Ipv4Address.Parse("10.5.1.0"), 1472);

        SysException error = Assert.Throws<SysException>(() => new KernelTunnel(settings));

        Assert.Contains("4711", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_program_that_the_verifier_refuses_is_an_error_with_its_words()
    {
        BpfInstruction[] endless = new BpfAssembler().Load(BpfAssembler.Width.Word, 0, 9, 0).Exit().Build();

        SysException error = Assert.Throws<SysException>(() => BpfProgram.Load(BpfProgram.Kind.Classifier, "test_bad", endless));

        Assert.Contains("R9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ipsec_policies_are_seen() => TestHost.Run(host =>
    {
        Assert.NotNull(host.A);
        Assert.False(IpsecPolicies.Exist());

        string said = TestHost.Ip("xfrm policy add src 192.0.2.1 dst 192.0.2.2 dir out tmpl proto esp mode transport");
        Assert.Empty(said);

        Assert.True(IpsecPolicies.Exist());
    });
}

using System.Globalization;
using System.Net.Sockets;

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
    public void Programs_can_be_taken_off_though_somebody_else_keeps_them() => TestHost.Run(host =>
    {
        host.SetUp("192.0.2.1", 24);
        using var tun = TunQueue.Create("tun%d");
        int link = host.Netlink.FindLink(tun.Name)!.Index;
        using var tunnel = new KernelTunnel(new KernelTunnelSettings(
            link, host.A.Index, Ipv4Address.Parse("192.0.2.1"), 8285, Ipv4Address.Parse("10.5.1.0"), 1472));
        List<PassedDescriptor> kept = [];
        Pass(tunnel.Links, kept);
        tunnel.Dispose();
        try
        {
            Assert.Equal([host.A.Index, link], kept.Select(DeviceOf));

            foreach (PassedDescriptor one in kept)
                KernelTunnel.TakeOff(one);

            Assert.Equal([0, 0], kept.Select(DeviceOf));
        }
        finally
        {
            foreach (PassedDescriptor one in kept)
                one.Dispose();
        }
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

    private static void Pass(IReadOnlyList<Descriptor> links, List<PassedDescriptor> received)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        using var sender = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint("\0ff-tunnel-" + Guid.NewGuid().ToString("N")));
        sender.Connect(listener.LocalEndPoint!);
        DescriptorPassing.Send(sender, [1], links);
        Assert.Equal(1, DescriptorPassing.Receive(listener, new byte[1], received));
    }

    /// <summary>The index of the device that a program hangs on; 0 when on none.</summary>
    private static int DeviceOf(PassedDescriptor link)
    {
        const string Field = "ifindex:";
        using BorrowedDescriptor loan = link.Borrow();
        string line = File.ReadLines($"/proc/self/fdinfo/{loan.Number}").Single(text => text.StartsWith(Field, StringComparison.Ordinal));
        return int.Parse(line[Field.Length..], CultureInfo.InvariantCulture);
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

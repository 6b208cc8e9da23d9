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

    [Theory]
    [InlineData(5, false)]
    [InlineData(0xE005, false)]
    [InlineData(0, true)] // of no VLAN, with a priority only
    [InlineData(0xE000, true)]
    public void What_belongs_to_a_vlan_on_the_device_is_not_taken(int tag, bool isTaken) => AssertTaken(
        isTaken, device => PeerFrame.Make(device, (ushort)tag));

    [Fact]
    public void What_is_for_another_host_is_not_taken_though_the_device_shows_it() => AssertTaken(
        isTaken: false, device => PeerFrame.Make(new MacAddress(device.Value ^ 1)));

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

    private static void AssertTaken(bool isTaken, Func<MacAddress, byte[]> make) => TestHost.Run(host =>
    {
        host.SetUp("192.0.2.2", 24);
        using var tun = TunQueue.Create("tun%d");
        int link = host.Netlink.FindLink(tun.Name)!.Index;
        host.Netlink.ChangeLink(link, new LinkChange(Up: true));
        using var tunnel = new KernelTunnel(new KernelTunnelSettings(
            link, host.A.Index, Ipv4Address.Parse("192.0.2.2"), 8285, Ipv4Address.Parse("10.5.2.0"), 1472));
        tunnel.SetSender(Ipv4Prefix.Parse("10.5.1.0/24"), Ipv4Address.Parse("192.0.2.1"));
        MacAddress device = host.A.Mac!.Value;
        using var sender = new FrameSender(host.B);

        // The last one is taken, and shows that the first has been seen.
        sender.Send(make(device));
        sender.Send(PeerFrame.Make(device));
        long expected = isTaken ? 2 : 1;
        Assert.True(SpinWait.SpinUntil(() => tunnel.Counters.PacketsIn >= expected, TimeSpan.FromSeconds(30)));
        Assert.Equal(expected, tunnel.Counters.PacketsIn);
    });

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

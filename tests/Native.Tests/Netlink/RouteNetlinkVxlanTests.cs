using System.Net;
using System.Text.Json;

namespace FastFlannel.Native.Tests;

public class RouteNetlinkVxlanTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("26:48:39:7b:59:17");

    [Fact]
    public void Flannels_device_is_as_flannel_makes_it() => TestHost.Run(host =>
    {
        host.SetUp("192.168.77.2", 24);
        VxlanAttributes vxlan = Ipv4(host);
        LinkInfo made = host.Netlink.CreateVxlan("flannel.1", vxlan, new LinkChange(Mtu: 1450, Mac: Mac, Up: true));
        Assert.Equal(("flannel.1", 1450, Mac, "vxlan", vxlan), (made.Name, made.Mtu, made.Mac, made.Kind, made.Vxlan));
        Assert.True(made is { IsUp: true, IsRunning: true });
        AssertInfoData(
            """
            {"id":1,"local":"192.168.77.2","link":"a","port_range":{"low":0,"high":0},"port":8472,"learning":false,"ttl":0,
            "df":"unset","ageing":300,"udp_csum":true,"udp_zero_csum6_tx":false,"udp_zero_csum6_rx":false}
            """,
            "flannel.1");
    });

    [Fact]
    public void Flannels_IPv6_device_is_as_flannel_makes_it() => TestHost.Run(host =>
    {
        host.SetUp("192.168.77.2", 24);
        _ = TestHost.Ip("address add fd77::2/64 dev a nodad");
        VxlanAttributes vxlan = Ipv4(host) with { Local = IPAddress.Parse("fd77::2") };
        LinkInfo made = host.Netlink.CreateVxlan("flannel-v6.1", vxlan, new LinkChange(Mtu: 1450, Mac: Mac));
        Assert.Equal(vxlan, made.Vxlan);
        Assert.Equal(1430, made.Mtu); // what the kernel makes of it on a parent of 1500
        AssertInfoData(
            """
            {"id":1,"local6":"fd77::2","link":"a","port_range":{"low":0,"high":0},"port":8472,"learning":false,"ttl":0,
            "df":"unset","ageing":300,"udp_csum":true,"udp_zero_csum6_tx":false,"udp_zero_csum6_rx":false}
            """,
            "flannel-v6.1");
    });

    [Fact]
    public void Without_a_port_the_kernel_takes_its_own() => TestHost.Run(host =>
        Assert.Equal(8472, host.Netlink.CreateVxlan("v", new VxlanAttributes(7)).Vxlan!.Port));

    [Theory]
    [InlineData("gbp nolearning")]
    [InlineData("learning")]
    [InlineData("l2miss l3miss nolearning")]
    [InlineData("noudpcsum nolearning")]
    [InlineData("udp6zerocsumtx udp6zerocsumrx nolearning")]
    [InlineData("group 239.1.1.1 dev a nolearning")]
    [InlineData("remote 192.168.77.3 local 192.168.77.2 nolearning")]
    [InlineData("group ff05::1 dev a local fd77::2 nolearning")]
    public void What_is_read_of_one_device_makes_another_like_it(string options) => TestHost.Run(host =>
    {
        _ = TestHost.Ip($"link add v1 type vxlan id 5 dstport 4789 {options}");
        VxlanAttributes vxlan = host.Netlink.FindLink("v1")!.Vxlan!;
        string details = InfoData("v1");
        Assert.True(host.Netlink.DeleteLink(host.Netlink.FindLink("v1")!.Index));

        Assert.Equal(vxlan, host.Netlink.CreateVxlan("v1", vxlan).Vxlan);
        Assert.Equal(details, InfoData("v1"));
    });

    [Fact]
    public void Every_attribute_is_read() => TestHost.Run(host =>
    {
        _ = TestHost.Ip(
            "link add v1 type vxlan id 5 dstport 4789 group 239.1.1.1 local 192.168.77.2 dev a learning gbp l2miss l3miss noudpcsum "
            + "udp6zerocsumtx udp6zerocsumrx");
        Assert.Equal(
            new VxlanAttributes(
                5,
                host.A.Index,
                IPAddress.Parse("192.168.77.2"),
                IPAddress.Parse("239.1.1.1"),
                4789,
                IsLearning: true,
                HasGroupPolicy: true,
                ReportsL2Misses: true,
                ReportsL3Misses: true,
                HasUdpChecksum: false,
                SendsZeroChecksum6: true,
                TakesZeroChecksum6: true),
            host.Netlink.FindLink("v1")!.Vxlan);
    });

    [Fact]
    public void Learning_MTU_and_address_change_in_place() => TestHost.Run(host =>
    {
        VxlanAttributes vxlan = Ipv4(host);
        int index = host.Netlink.CreateVxlan("flannel.1", vxlan).Index;
        host.Netlink.ChangeLink(index, new LinkChange(Mtu: 1400, Mac: Mac, VxlanLearning: true));
        LinkInfo changed = host.Netlink.FindLink(index)!;
        Assert.Equal((1400, Mac, vxlan with { IsLearning = true }), (changed.Mtu, changed.Mac, changed.Vxlan));

        host.Netlink.ChangeLink(index, new LinkChange(VxlanLearning: false));
        Assert.Equal(vxlan, host.Netlink.FindLink(index)!.Vxlan);
    });

    [Fact]
    public void The_source_address_changes_in_place_within_its_family() => TestHost.Run(host =>
    {
        VxlanAttributes vxlan = Ipv4(host);
        int index = host.Netlink.CreateVxlan("flannel.1", vxlan).Index;
        var moved = IPAddress.Parse("192.168.77.9");
        host.Netlink.ChangeLink(index, new LinkChange(VxlanLocal: moved));
        Assert.Equal(vxlan with { Local = moved }, host.Netlink.FindLink(index)!.Vxlan);

        SysException error = Assert.Throws<SysException>(
            () => host.Netlink.ChangeLink(index, new LinkChange(VxlanLocal: IPAddress.Parse("fd77::2"))));
        Assert.Equal(
            $"cannot set local fd77::2 on link {index}: Operation not supported "
            + "(New local address family does not match old)",
            error.Message);
    });

    [Fact]
    public void A_VNI_in_use_is_refused_with_the_kernels_reason() => TestHost.Run(host =>
    {
        _ = host.Netlink.CreateVxlan("flannel.1", Ipv4(host));
        SysException error = Assert.Throws<SysException>(() => host.Netlink.CreateVxlan("flannel.2", Ipv4(host)));
        Assert.Equal(Errno.EEXIST, error.Errno);
        Assert.Equal(
            "cannot create vxlan device 'flannel.2' with VNI 1: File exists (A VXLAN device with the specified VNI already exists)",
            error.Message);
    });

    [Fact]
    public void A_name_in_use_is_refused() => TestHost.Run(host =>
    {
        SysException error = Assert.Throws<SysException>(() => host.Netlink.CreateVxlan("b", Ipv4(host)));
        Assert.Equal("cannot create vxlan device 'b' with VNI 1: File exists", error.Message);
    });

    [Fact]
    public void An_attribute_at_fault_is_named() => TestHost.Run(host =>
    {
        SysException missing = Assert.Throws<SysException>(
            () => host.Netlink.CreateVxlan("flannel.1", Ipv4(host) with { ParentIndex = 4711 }));
        Assert.Equal(
            "cannot create vxlan device 'flannel.1' with VNI 1: No such device "
            + "(Invalid local interface, device not found)",
            missing.Message);

        SysException tooBig = Assert.Throws<SysException>(() => host.Netlink.CreateVxlan("flannel.1", new VxlanAttributes(1 << 24)));
        Assert.Equal(
            "cannot create vxlan device 'flannel.1' with VNI 16777216: Numerical result out of range "
            + "(VXLAN ID must be lower than 16777216, at IFLA_VXLAN_ID)",
            tooBig.Message);
    });

    [Fact]
    public void No_other_device_learns() => TestHost.Run(host =>
    {
        SysException error = Assert.Throws<SysException>(
            () => host.Netlink.ChangeLink(host.A.Index, new LinkChange(VxlanLearning: true)));
        Assert.StartsWith(
            $"cannot set learning on link {host.A.Index}: Operation not supported", error.Message, StringComparison.Ordinal);
    });

    private static VxlanAttributes Ipv4(TestHost host) =>
        new(1, host.A.Index, IPAddress.Parse("192.168.77.2"), Port: 8472);

    private static void AssertInfoData(string golden, string name) =>
        Assert.Equal(golden.ReplaceLineEndings(""), InfoData(name));

    /// <summary>What ip(8) says of a vxlan device, as JSON.</summary>
    private static string InfoData(string name)
    {
        using var links = JsonDocument.Parse(TestHost.Ip($"-json -details link show {name}"));
        return links.RootElement[0].GetProperty("linkinfo").GetProperty("info_data").GetRawText();
    }
}

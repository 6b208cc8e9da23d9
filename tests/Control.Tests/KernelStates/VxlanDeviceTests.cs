using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class VxlanDeviceTests
{
    private static readonly VxlanDevice Device = TestNetwork.Device("flannel.1", "192.168.0.10", 1450);
    private static readonly LinkInfo Eth0 = new(TestKernel.Eth0, "eth0", 1500, LinkFlags.Up, "", 1000);

    private static readonly VxlanAttributes Attributes = new(1, TestKernel.Eth0, Device.Local, Port: 8472);
    private static readonly LinkInfo Link = new(7, "flannel.1", 1450, LinkFlags.Up, "vxlan", 0, Device.Mac, Vxlan: Attributes);

    [Fact]
    public void A_device_as_it_should_be_is_left_alone()
    {
        Assert.Null(Device.WhyUnfit(Link, [Eth0, Link]));
        Assert.Equal(default, Device.Repair(Link, [Eth0, Link]));
    }

    [Fact]
    public void What_cannot_be_changed_on_a_device_makes_it_unfit()
    {
        VxlanAttributes vxlan = Link.Vxlan!;
        Assert.Equal("it is no vxlan device but 'tun'", Why(Link with { Kind = "tun", Vxlan = null }));
        Assert.Equal("its VNI is 2, expected 1", Why(Link with { Vxlan = vxlan with { Vni = 2 } }));
        Assert.Equal("its interface is 9, expected 2", Why(Link with { Vxlan = vxlan with { ParentIndex = 9 } }));
        Assert.Equal(
            "its family is InterNetworkV6, expected InterNetwork",
            Why(Link with { Vxlan = vxlan with { Local = IPAddress.Parse("fd77::9") } }));
        Assert.Equal("its port is 4789, expected 8472", Why(Link with { Vxlan = vxlan with { Port = 4789 } }));
        Assert.Equal("its GBP is True, expected False", Why(Link with { Vxlan = vxlan with { HasGroupPolicy = true } }));
        Assert.Equal(
            "its group is 239.0.0.1, expected none",
            Why(Link with { Vxlan = vxlan with { Group = IPAddress.Parse("239.0.0.1") } }));
        Assert.Equal("its l2miss is True, expected False", Why(Link with { Vxlan = vxlan with { ReportsL2Misses = true } }));
    }

    [Fact]
    public void What_can_be_changed_is_changed_in_place()
    {
        LinkInfo wrong = Link with
        {
            Mtu = 1400,
            Flags = LinkFlags.None,
            Mac = TestNetwork.Mac(99),
            Vxlan = Link.Vxlan! with { IsLearning = true, Local = IPAddress.Parse("192.168.0.9") },
        };

        Assert.Null(Device.WhyUnfit(wrong, [Eth0, wrong]));
        Assert.Equal(
            new LinkChange(Mtu: 1450, Up: true, Mac: Device.Mac, VxlanLearning: false, VxlanLocal: Device.Local),
            Device.Repair(wrong, [Eth0, wrong]));
    }

    [Theory]
    [InlineData("192.168.0.10", 1350)]
    [InlineData("fd77::10", 1330)]
    public void The_MTU_is_no_more_than_fits_the_interfaces(string local, int mtu)
    {
        LinkInfo narrow = Eth0 with { Mtu = 1400 };
        VxlanDevice device = Device with { Local = IPAddress.Parse(local) };
        LinkInfo link = Link with { Vxlan = Link.Vxlan! with { Local = device.Local } };
        Assert.Equal(new LinkChange(Mtu: mtu), device.Repair(link, [narrow, link]));
    }

    [Fact]
    public void Without_the_interface_the_error_names_it()
    {
        SysException error = Assert.Throws<SysException>(() => Device.WhyUnfit(Link, [Link]));
        Assert.Equal("cannot keep flannel.1 on eth0: No such device (the interface is gone)", error.Message);
    }

    private static string? Why(LinkInfo link) => Device.WhyUnfit(link, [Eth0, link]);
}

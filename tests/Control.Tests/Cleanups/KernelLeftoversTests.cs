using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class KernelLeftoversTests
{
    private static readonly PreviousSubnet File = new()
    {
        Network = Ipv4Prefix.Parse("10.5.0.0/16"),
        Subnet = Ipv4Prefix.Parse("10.5.1.0/24"),
    };

    private static readonly InterfaceSnapshot Host = new(
        [
            new LinkInfo(TestKernel.Eth0, "eth0", 1500, LinkFlags.Up, "", 1000),
            Vxlan(3, "flannel.1", 1),
            Vxlan(4, "flannel.2", 2),
            Vxlan(5, "flannel-v6.1", 1),
            Vxlan(6, "flannel.7", 8),
            Vxlan(7, "vxlan1", 1),
            new LinkInfo(8, "flannel.9", 1500, LinkFlags.Up, "bridge", 1000),
        ],
        [Address(3, "10.5.1.0"), Address(4, "10.6.1.0"), Address(5, "fe80::1")],
        [
            TestKernel.Route("0.0.0.0/0", TestKernel.Eth0, "192.168.0.1"),
            TestKernel.Route("10.5.3.0/24", TestKernel.Eth0, "192.168.0.3"),
            TestKernel.Route("10.5.4.0/24", 3, "10.5.4.0"),
            TestKernel.Route("10.5.1.0/24", TestKernel.Eth0, "192.168.0.9"),
            TestKernel.Route("10.5.5.0/25", TestKernel.Eth0, "192.168.0.5"),
            TestKernel.Route("10.5.6.0/24", TestKernel.Eth0, "192.168.0.6", RouteProtocol.Static),
            TestKernel.Route("10.6.7.0/24", TestKernel.Eth0, "192.168.0.7"),
        ],
        _ => throw new InvalidOperationException("nobody asks"));

    [Fact]
    public void What_the_subnet_files_network_has_left_is_found_and_nothing_of_another() => Assert.Equal(
        [
            "device flannel.1 with its addresses, routes, neighbours and fdb entries",
            "device flannel-v6.1 with its addresses, routes, neighbours and fdb entries",
            "route 10.5.3.0/24 via 192.168.0.3",
        ],
        KernelLeftovers.Find(Host, File).Describe());

    [Fact]
    public void Without_a_file_every_device_of_flannels_is_found_and_no_route()
    {
        KernelLeftovers found = KernelLeftovers.Find(Host, new PreviousSubnet());
        Assert.Equal(["flannel.1", "flannel.2", "flannel-v6.1"], found.Devices.Select(device => device.Name));
        Assert.Empty(found.Routes);
    }

    private static LinkInfo Vxlan(int index, string name, int vni) =>
        new(index, name, 1450, LinkFlags.Up, "vxlan", 0, Vxlan: new VxlanAttributes(vni));

    private static AddressInfo Address(int link, string address) => new(link, IPAddress.Parse(address), 32);
}

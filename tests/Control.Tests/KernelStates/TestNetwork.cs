using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>An overlay for the tests of plans: this host has 10.5.1.0/24 and fd05:0:0:1::/64.</summary>
internal static class TestNetwork
{
    public static readonly NetworkConfig Config = NetworkConfigReader.Read(
        """{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd05::/56","SubnetMax":"10.5.99.0"}""").Value!;

    public static readonly Subnet Own = new(Ipv4Prefix.Parse("10.5.1.0/24"), Ipv6Prefix.Parse("fd05:0:0:1::/64"));

    public static readonly VxlanPlan Vxlan = new()
    {
        Config = Config,
        Interface = "eth0",
        DirectRouting = false,
        IPv4Device = Device("flannel.1", "192.168.0.10", 1450),
        IPv6Device = Device("flannel-v6.1", "fd77::10", 1430),
        Own = Own,
    };

    public static VxlanDevice Device(string name, string local, int mtu) => new(
        name, 1, MacAddress.Parse("02:00:00:00:00:01"), mtu, "eth0", IPAddress.Parse(local), 8472, false, false);

    public static LeasedPeers Peers(params Lease[] leases) => new(leases, new HashSet<IPNetwork>());

    /// <summary>The peer 10.5.N.0/24 at 192.168.0.N, and the same with IPv6.</summary>
    public static Lease Peer(int number, string? host = null, string? data = null) => new(
        new Subnet(Ipv4Prefix.Parse($"10.5.{number}.0/24"), Ipv6Prefix.Parse($"fd05:0:0:{number:x}::/64")),
        new LeaseAttributes
        {
            PublicIP = Ipv4Address.Parse(host ?? $"192.168.0.{number}"),
            PublicIPv6 = Ipv6Address.Parse($"fd77::{number:x}"),
            BackendType = "vxlan",
            BackendData = data ?? VxlanLeaseData.Write(1, Mac(number)),
            BackendV6Data = data ?? VxlanLeaseData.Write(1, Mac(number + 256)),
        },
        EtcdLeaseId: 1,
        ModRevision: 1);

    public static MacAddress Mac(int number) => new(0x02_00_00_00_00_00ul + (ulong)number);
}

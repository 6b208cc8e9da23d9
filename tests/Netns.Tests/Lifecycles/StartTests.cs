using System.Runtime.Versioning;
using System.Text.Json;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>What a started daemon has made equals what flanneld makes (the flannel contract, sections 5 to 7).</summary>
[SupportedOSPlatform("linux")] // for file modes
public class StartTests(ThreeHosts three) : IClassFixture<ThreeHosts>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private LabHost Host => three.Cluster.Hosts[0];

    [Fact]
    public async Task The_device_is_flannels()
    {
        using JsonDocument answer = await AskIpAsync("-d", "address", "show", "dev", "flannel0");
        JsonElement device = answer.RootElement[0];

        Assert.Equal(["LOWER_UP", "MULTICAST", "NOARP", "POINTOPOINT", "UP"], Flags(device));
        Assert.Equal(1472, device.GetProperty("mtu").GetInt32());
        Assert.Equal(16384, device.GetProperty("txqlen").GetInt32());
        JsonElement tun = device.GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal("tun", tun.GetProperty("type").GetString());
        Assert.False(tun.GetProperty("pi").GetBoolean());
        Assert.False(tun.GetProperty("persist").GetBoolean());
        JsonElement address = Assert.Single(
            device.GetProperty("addr_info").EnumerateArray(), one => one.GetProperty("family").GetString() == "inet");
        Assert.Equal(Host.Daemon.Env.OverlayAddress, address.GetProperty("local").GetString());
        Assert.Equal(32, address.GetProperty("prefixlen").GetInt32());
        Assert.Equal("global", address.GetProperty("scope").GetString());
    }

    [Fact]
    public async Task The_network_is_routed_to_the_device()
    {
        using JsonDocument answer = await AskIpAsync("-d", "route", "show", "10.5.0.0/16");
        JsonElement route = Assert.Single(answer.RootElement.EnumerateArray());

        Assert.Equal("flannel0", route.GetProperty("dev").GetString());
        Assert.Equal("unicast", route.GetProperty("type").GetString());
        Assert.Equal("boot", route.GetProperty("protocol").GetString());
        Assert.Equal("global", route.GetProperty("scope").GetString());
        Assert.False(route.TryGetProperty("gateway", out _));
        Assert.False(route.TryGetProperty("prefsrc", out _));
    }

    [Fact]
    public void The_subnet_file_is_flannels_and_anybody_may_read_it()
    {
        string bridge = Host.Daemon.Env.BridgeAddress;
        string expected =
            $"FLANNEL_NETWORK=10.5.0.0/16\nFLANNEL_SUBNET={bridge}/24\nFLANNEL_MTU=1472\nFLANNEL_IPMASQ=false\n";

        Assert.Equal(expected, File.ReadAllText(Host.Daemon.SubnetFile));
        Assert.EndsWith(".1", bridge, StringComparison.Ordinal);
        Assert.Equal(0b110_100_100, (int)File.GetUnixFileMode(Host.Daemon.SubnetFile));
        Assert.Equal(0b111_101_101, (int)File.GetUnixFileMode(Path.GetDirectoryName(Host.Daemon.SubnetFile)!));
    }

    [Fact]
    public async Task Etcd_has_the_config_and_for_each_host_a_lease_that_lives_a_day_and_two_short_marks()
    {
        IReadOnlyList<EtcdEntry> entries = [];
        _ = await Wait.UntilAsync(
            async () => (entries = await three.Cluster.Etcd.ListAsync("/", Cancel)).Count >= 1 + (3 * three.Cluster.Hosts.Count),
            TimeSpan.FromSeconds(10),
            "each host to have a lease and two marks",
            Cancel);

        Assert.Equal(1 + (3 * three.Cluster.Hosts.Count), entries.Count);
        Assert.Equal("/coreos.com/network/config", entries[0].Key);
        foreach (LabHost host in three.Cluster.Hosts)
        {
            EtcdEntry lease = Assert.Single(entries, entry => entry.Key == host.LeaseKey);
            Assert.Equal($$"""{"PublicIP":"{{host.Address}}","PublicIPv6":null}""", lease.Value);
            Assert.InRange(await three.Cluster.Etcd.TimeToLiveAsync(lease.LeaseId, Cancel), 86400 - 60, 86400);
            EtcdEntry mark = Assert.Single(entries, entry => entry.Key == $"/coreos.com/network/owners/{host.Address}");
            Assert.InRange(await three.Cluster.Etcd.TimeToLiveAsync(mark.LeaseId, Cancel), 1, 30);
            EtcdEntry tunnel = Assert.Single(entries, entry => entry.Key == $"/coreos.com/network/tunnels/{host.Address}");
            Assert.InRange(await three.Cluster.Etcd.TimeToLiveAsync(tunnel.LeaseId, Cancel), 1, 30);
        }
    }

    [Fact]
    public async Task The_socket_is_bound_to_the_interfaces_address_and_flannels_port()
    {
        CommandResult sockets = await Host.Namespace.ExecAsync(["ss", "-Huln"], Cancel);

        Assert.Contains("192.168.77.2:8285 ", sockets.OrThrow().Output, StringComparison.Ordinal);
    }

    private static string?[] Flags(JsonElement device) =>
        [.. device.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()).Order(StringComparer.Ordinal)];

    private async Task<JsonDocument> AskIpAsync(params string[] arguments) => JsonDocument.Parse(
        (await Host.Namespace.ExecAsync(["ip", "-j", .. arguments], Cancel)).OrThrow().Output);
}

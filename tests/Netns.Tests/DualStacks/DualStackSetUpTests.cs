using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

[Collection(nameof(DualStackHosts))]
public class DualStackSetUpTests(DualStackHosts hosts)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private LabHost First => hosts.Cluster.Hosts[0];

    [Fact]
    public async Task Subnet_env_and_status_show_both_families()
    {
        SubnetEnv env = First.Daemon.Env;
        Assert.Equal("fd05::/48", env.Ipv6!.Network);
        Assert.EndsWith("::1/64", env.Ipv6.Subnet, StringComparison.Ordinal);
        Assert.Equal(1472, env.Mtu);

        DaemonStatus? status = await First.Daemon.ReadStatusAsync(Cancel);
        Assert.Equal(
            ($"{env.OverlayAddress}/24", $"{env.Ipv6.OverlayAddress}/64", 1, 1),
            (status!.Subnet, status.Ipv6Subnet, status.Peers, status.Ipv6Peers));
    }

    [Fact]
    public async Task The_lease_is_flannels_but_for_the_word_that_IPv6_is_taken()
    {
        SubnetEnv env = First.Daemon.Env;
        IReadOnlyList<EtcdEntry> leases = await hosts.Cluster.Etcd.ListAsync($"{LabClusterOptions.DefaultPrefix}/subnets/", Cancel);

        EtcdEntry own = Assert.Single(leases, lease => lease.Value.Contains($"\"{First.Address}\"", StringComparison.Ordinal));
        Assert.EndsWith($"/{env.OverlayAddress}-24&{env.Ipv6!.OverlayAddress}-64", own.Key, StringComparison.Ordinal);
        Assert.Equal(
            $$$"""{"PublicIP":"{{{First.Address}}}","PublicIPv6":null,"BackendV6Data":{"Over":"IPv4"}}""", own.Value);
    }

    [Fact]
    public async Task The_device_has_its_addresses_and_routes_and_no_others()
    {
        SubnetEnv env = First.Daemon.Env;
        string addresses = await IpAsync("-br address show dev flannel0");
        Assert.Equal(
            ["flannel0", "UNKNOWN", $"{env.OverlayAddress}/32", $"{env.Ipv6!.OverlayAddress}/128"],
            addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

        string routes = await IpAsync("-6 route show dev flannel0");
        Assert.Contains("fd05::/48 metric", routes, StringComparison.Ordinal);
        Assert.DoesNotContain("fe80", routes, StringComparison.Ordinal);
        Assert.Equal("0", (await ExecAsync("cat", "/proc/sys/net/ipv6/conf/flannel0/accept_ra")).Trim());
    }

    [Fact]
    public async Task The_device_comes_back_with_both_families()
    {
        await using LabCluster cluster = await DualStackHosts.StartAsync(Cancel);
        await cluster.Hosts[1].Namespace.IpAsync(["link delete flannel0"], Cancel);

        _ = await Ping.WaitForMeshAsync(cluster.Ipv6Containers, TimeSpan.FromSeconds(30), Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, TimeSpan.FromSeconds(30), Cancel);
    }

    [Fact]
    public async Task An_underlay_too_narrow_for_IPv6_is_refused_with_what_would_do()
    {
        LabClusterOptions options = Clusters.DualStack with { Hosts = 1, Mtu = 1300 };
        await using LabCluster cluster = await LabCluster.CreateAsync(options, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        FlannelDaemon daemon = cluster.Hosts[0].Daemon;
        await daemon.StartAsync();

        await daemon.WaitForLogAsync("give it an MTU of 1308 or more", TimeSpan.FromSeconds(30), Cancel);
        _ = await Wait.UntilAsync(() => !daemon.IsRunning, TimeSpan.FromSeconds(30), "the daemon to end", Cancel);
        Assert.Empty(await cluster.Etcd.ListAsync($"{LabClusterOptions.DefaultPrefix}/subnets/", Cancel));
    }

    private Task<string> IpAsync(string arguments) => ExecAsync(["ip", .. arguments.Split(' ')]);

    private async Task<string> ExecAsync(params string[] command) =>
        (await First.Namespace.ExecAsync(command, Cancel)).OrThrow().Output;
}

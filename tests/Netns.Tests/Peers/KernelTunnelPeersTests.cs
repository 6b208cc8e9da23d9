using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Which peers are reached through the kernel changes while packets flow.</summary>
public class KernelTunnelPeersTests
{
    private const long Bytes = 32_000_003;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_daemon_that_comes_back_without_it_is_reached_through_the_router_and_one_with_it_again_through_the_kernel()
    {
        await using LoadedHosts hosts = await LoadedHosts.StartAsync("", withPlain: false, Cancel);
        await KernelHosts.WaitForKernelAsync(hosts, Cancel);
        (LabHost first, LabHost second) = (hosts.Ours.First(), hosts.Ours.Last());

        await RestartAsync(hosts, second, LoadedHosts.RouterOnly);
        await WaitForPeersAsync(first, 0);
        await CheckAsync(hosts);

        await RestartAsync(hosts, second, "");
        await WaitForPeersAsync(first, 1);
        await CheckAsync(hosts);
    }

    [Fact]
    public async Task A_device_that_is_deleted_comes_back_with_its_programs()
    {
        await using LoadedHosts hosts = await LoadedHosts.StartAsync("", withPlain: false, Cancel);
        await KernelHosts.WaitForKernelAsync(hosts, Cancel);

        await hosts.Ours.First().Namespace.IpAsync(["link del flannel0"], Cancel);

        _ = await Ping.WaitForMeshAsync(hosts.Containers, Limit, Cancel);
        await KernelHosts.WaitForKernelAsync(hosts, Cancel);
        DaemonStatus? before = await hosts.Ours.First().Daemon.ReadStatusAsync(Cancel);
        await CheckAsync(hosts);
        DaemonStatus? after = await hosts.Ours.First().Daemon.ReadStatusAsync(Cancel);
        Assert.True(after!.KernelTunnel!.BytesOut - before!.KernelTunnel!.BytesOut > Bytes, "hardly anything went through the kernel");
    }

    [Fact]
    public async Task An_interface_that_is_replaced_by_another_with_its_address_gets_the_programs()
    {
        await using LoadedHosts hosts = await LoadedHosts.StartAsync("", withPlain: false, Cancel);
        await KernelHosts.WaitForKernelAsync(hosts, Cancel);
        LabHost host = hosts.Ours.First();
        string port = Underlay.PortOf(1);
        await hosts.Cluster.Underlay.Switch.IpAsync(
            [
                $"link del {port}",
                $"link add {port} type veth peer name eth0 netns {host.Namespace.Name}",
                $"link set {port} master {UnderlayLink.Near.Bridge} up",
            ],
            Cancel);
        await host.Namespace.IpAsync(
            [$"address add {host.Address}/24 dev eth0", "link set eth0 up", $"route add default via {Underlay.Gateway}"], Cancel);

        await host.Daemon.WaitForLogAsync("The way to peers has changed", Limit, Cancel);
        _ = await Ping.WaitForMeshAsync(hosts.Containers, Limit, Cancel);
        await KernelHosts.WaitForKernelAsync(hosts, Cancel);
        long before = await BytesOutAsync(host);
        await CheckAsync(hosts);
        Assert.True(await BytesOutAsync(host) - before > Bytes, "hardly anything went through the kernel");
    }

    [Fact]
    public async Task A_host_that_alone_does_not_reach_etcd_sends_through_the_router_when_its_peers_have_forgotten_it()
    {
        await using LoadedHosts hosts = await LoadedHosts.StartAsync("", withPlain: false, Cancel);
        await KernelHosts.WaitForKernelAsync(hosts, Cancel);
        (LabHost first, LabHost second) = (hosts.Ours.First(), hosts.Ours.Last());

        // As routes, so that no packet of the overlay's is concerned. A key in etcd lives for 30 s.
        await first.Namespace.IpAsync([$"route add blackhole {Underlay.Gateway}"], Cancel);
        _ = await Wait.UntilAsync(
            async () => (await second.Daemon.ReadStatusAsync(Cancel))?.KernelTunnel?.Peers == 0,
            3 * Limit,
            "the peer to forget the host",
            Cancel);
        await CheckAsync(hosts);

        await first.Namespace.IpAsync([$"route del blackhole {Underlay.Gateway}"], Cancel);
        await KernelHosts.WaitForKernelAsync(hosts, Cancel);
        await CheckAsync(hosts);
    }

    [Fact]
    public async Task Without_sys_there_is_none_and_all_else_works()
    {
        DaemonOptions daemon = new()
        {
            Path = DaemonBinary.Path,
            Launcher = ["unshare", "--mount", "--propagation", "private", "sh", "-euc", "mount -t tmpfs none /sys; exec \"$@\"", "sh"],
        };
        await using LabCluster cluster = await LabCluster.StartAsync(
            Clusters.Default with { Hosts = 2, Daemons = [daemon, daemon] }, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        FlannelDaemon first = cluster.Hosts[0].Daemon;
        DaemonStatus? status = await first.ReadStatusAsync(Cancel);
        Assert.StartsWith("off: cannot count the processors", status!.Offloads!["kernelTunnel"], StringComparison.Ordinal);
        Assert.Equal(0, status.KernelTunnel!.Peers);
        int code = await first.StopAsync("TERM", Cancel);
        Assert.True(code == 0, first.DescribeLog());
    }

    private static async Task<long> BytesOutAsync(LabHost host) =>
        (await host.Daemon.ReadStatusAsync(Cancel))!.KernelTunnel!.BytesOut ?? 0;

    private static async Task RestartAsync(LoadedHosts hosts, LabHost host, string backend)
    {
        _ = await host.Daemon.StopAsync("TERM", Cancel);
        await hosts.Cluster.Etcd.PutAsync($"{hosts.Cluster.Options.Prefix}/config", LoadedHosts.ConfigOf(backend), Cancel);
        await hosts.Cluster.StartDaemonsAsync(Cancel);
        _ = await Ping.WaitForMeshAsync(hosts.Containers, Limit, Cancel);
    }

    private static Task WaitForPeersAsync(LabHost host, int peers) => Wait.UntilAsync(
        async () => (await host.Daemon.ReadStatusAsync(Cancel))?.KernelTunnel?.Peers == peers,
        Limit,
        $"{host.Name} to send to {peers} peers through the kernel",
        Cancel);

    private static async Task CheckAsync(LoadedHosts hosts)
    {
        TransferResult[] results = await HashedTransfer.RunBothAsync(hosts.First, hosts.Second, Bytes, Cancel);
        Assert.All(results, result => Assert.True(result.Ok, result.ToString()));
        await DatagramFlow.AssertAsync(
            [(hosts.First, hosts.Second), (hosts.Second, hosts.First)], 1000, DatagramKinds.Mixed, DatagramKinds.Fragments);
    }
}

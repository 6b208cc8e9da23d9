using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Two hosts on one link and a third behind a router.</summary>
public class RoutedUnderlayTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_DirectRouting_neighbours_get_plain_routes_and_the_others_the_tunnel()
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with
            {
                RemoteHosts = 1,
                Backend = "vxlan",
                BackendFields = """{"DirectRouting":true}""",
                Ipv6Network = "fd05::/56",
            },
            Cancel);
        (LabHost first, LabHost second, LabHost remote) = (cluster.Hosts[0], cluster.Hosts[1], cluster.Hosts[2]);

        Assert.Equal(
            new[]
            {
                $"{second.Daemon.Env.OverlayAddress}/24 via {second.Address} dev eth0",
                $"{second.Daemon.Env.Ipv6!.OverlayAddress}/64 via {second.Ipv6Address} dev eth0",
                Tunnel(remote),
                Tunnel6(remote),
            }.Order(StringComparer.Ordinal),
            await WaysAsync(first));
        Assert.Equal(
            new[] { Tunnel(first), Tunnel(second), Tunnel6(first), Tunnel6(second) }.Order(StringComparer.Ordinal),
            await WaysAsync(remote));

        foreach (IReadOnlyList<Endpoint> ends in new[] { cluster.Containers, cluster.Ipv6Containers })
        {
            foreach (Endpoint peer in ends.Skip(1))
            {
                IReadOnlyList<TcpResult> streams = await TcpStream.MeasureAsync(
                    ends[0], peer, 1, Path.Combine(cluster.Directory, "iperf3.log"), Cancel);
                Assert.All(streams, stream => Assert.True(stream.Ok, stream.ToString()));
            }
        }
    }

    [Fact]
    public async Task Host_gw_refuses_a_peer_behind_a_router_and_serves_the_others()
    {
        await using LabCluster cluster = await LabCluster.StartAsync(
            Clusters.Default with { RemoteHosts = 1, Backend = "host-gw" }, Cancel);
        (LabHost first, LabHost second, LabHost remote) = (cluster.Hosts[0], cluster.Hosts[1], cluster.Hosts[2]);
        _ = await Ping.WaitForMeshAsync([.. cluster.Containers.Take(2)], Limit, Cancel);

        await first.Daemon.WaitForLogAsync($"{remote.Address} is not on the link of eth0", Limit, Cancel);
        (string subnet, _) = Assert.Single((await first.Daemon.ReadStatusAsync(Cancel))!.KernelTroubles!);
        Assert.Equal($"{remote.Daemon.Env.OverlayAddress}/24", subnet);
        Assert.Equal([$"{second.Daemon.Env.OverlayAddress}/24 via {second.Address} dev eth0"], await WaysAsync(first));
    }

    [Fact]
    public async Task Host_gw_is_refused_behind_a_NAT()
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with { Hosts = 1, Backend = "host-gw", DaemonArguments = ["--public-ip=203.0.113.5"] }, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        FlannelDaemon daemon = cluster.Hosts[0].Daemon;
        await daemon.StartAsync();

        Assert.Equal(1, await daemon.Process.WaitForExitAsync(Limit, Cancel));
        Assert.Contains("the host-gw backend cannot work behind a NAT", daemon.DescribeLog(), StringComparison.Ordinal);
        Assert.Empty(await cluster.Etcd.ListAsync($"{cluster.Options.Prefix}/subnets", Cancel));
    }

    private static string Tunnel(LabHost peer) =>
        $"{peer.Daemon.Env.OverlayAddress}/24 via {peer.Daemon.Env.OverlayAddress} dev flannel.1";

    private static string Tunnel6(LabHost peer) =>
        $"{peer.Daemon.Env.Ipv6!.OverlayAddress}/64 via {peer.Daemon.Env.Ipv6!.OverlayAddress} dev flannel-v6.1";

    private static async Task<string[]> WaysAsync(LabHost host) =>
    [
        .. (await KernelLines.ReadAsync(host.Namespace, Cancel))
            .Where(line => line.StartsWith("route unicast ", StringComparison.Ordinal))
            .Select(line => line["route unicast ".Length..line.IndexOf(" proto ", StringComparison.Ordinal)]),
    ];
}

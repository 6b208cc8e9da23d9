using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>What is left of peers that went while a daemon was down, what is others', and what <c>cleanup</c> removes.</summary>
public class LeftoverTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly string[] Foreign =
    [
        "route add 10.5.201.0/24 via 10.5.201.1 dev flannel.1 onlink",
        "route add 10.5.202.0/24 via 192.168.77.50",
        "route add 10.5.203.0/24 via 10.5.203.0 dev flannel.1 onlink proto static",
        "route add 10.99.0.0/24 dev flannel.1",
        "neighbour add 10.99.0.1 lladdr 02:00:00:00:00:98 dev flannel.1 nud permanent",
        "address add 172.31.0.1/32 dev flannel.1",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entries_of_peers_that_left_meanwhile_go_at_the_start_and_foreign_ones_stay()
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 3, Backend = "vxlan", Ipv6Network = "fd05::/56" }, Cancel);
        (LabHost host, LabHost leaving) = (cluster.Hosts[0], cluster.Hosts[2]);
        await host.Namespace.IpAsync(Foreign, Cancel);
        await host.BridgeAsync("fdb add 00:00:00:00:00:00 dev flannel.1 dst 192.168.77.98 self permanent", Cancel);
        string[] all = await KernelLines.ReadAsync(host.Namespace, Cancel);
        string[] macs = [await leaving.MacOfAsync("flannel.1", Cancel), await leaving.MacOfAsync("flannel-v6.1", Cancel)];
        string[] gone = [leaving.Daemon.Env.OverlayAddress, leaving.Daemon.Env.Ipv6!.OverlayAddress, .. macs];

        _ = await host.Daemon.StopAsync("TERM", Cancel);
        _ = await leaving.Daemon.StopAsync("TERM", Cancel);
        await cluster.Etcd.DeleteAsync(leaving.FullLeaseKey, Cancel);
        await host.Daemon.StartAsync();
        await host.Daemon.WaitReadyAsync(Cancel);

        string[] left = [.. all.Where(line => !gone.Any(name => line.Contains(name, StringComparison.Ordinal)))];
        Assert.Equal(all.Length - 6, left.Length);
        Assert.Equal(left, await KernelLines.ReadAsync(host.Namespace, Cancel));
        Assert.Contains(
            host.Daemon.Process.Lines,
            line => line.Contains("Removed 6 kernel entries that lead to no peer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_peer_that_leaves_takes_its_entries_along_and_one_that_moves_gets_new_ones()
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 2, Backend = "vxlan" }, Cancel);
        LabHost host = cluster.Hosts[0];
        string[] before = await KernelLines.ReadAsync(host.Namespace, Cancel);
        string key = $"{cluster.Options.Prefix}/subnets/10.5.250.0-24";
        await cluster.Etcd.PutAsync(key, Lease("192.168.77.90", "02:00:00:00:00:90"), Cancel);
        _ = await KernelLines.WaitForAsync(host.Namespace, With("192.168.77.90", "02:00:00:00:00:90"), Limit, Cancel);

        await cluster.Etcd.PutAsync(key, Lease("192.168.77.91", "02:00:00:00:00:90"), Cancel);
        _ = await KernelLines.WaitForAsync(host.Namespace, With("192.168.77.91", "02:00:00:00:00:90"), Limit, Cancel);

        await cluster.Etcd.PutAsync(key, Lease("192.168.77.91", "02:00:00:00:00:91"), Cancel);
        _ = await KernelLines.WaitForAsync(host.Namespace, With("192.168.77.91", "02:00:00:00:00:91"), Limit, Cancel);

        await cluster.Etcd.DeleteAsync(key, Cancel);
        _ = await KernelLines.WaitForAsync(host.Namespace, before, Limit, Cancel);

        string[] With(string address, string mac) =>
        [
            .. before
                .Append("route unicast 10.5.250.0/24 via 10.5.250.0 dev flannel.1 proto boot scope global metric 0 onlink")
                .Append($"neighbour 10.5.250.0 dev flannel.1 lladdr {mac} PERMANENT")
                .Append($"fdb {mac} dev flannel.1 dst {address} self permanent")
                .Order(StringComparer.Ordinal),
        ];
    }

    [Theory]
    [InlineData("vxlan", """{"DirectRouting":true}""", "device flannel.1 with", "device flannel-v6.1 with", "route 10.5.")]
    [InlineData("host-gw", "{}", "route 10.5.", "route fd05:")]
    public async Task Cleanup_removes_all_that_a_stopped_daemon_has_left_and_says_what(
        string backend, string fields, params string[] said)
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 2, Backend = backend, BackendFields = fields, Ipv6Network = "fd05::/56" }, Cancel);
        LabHost host = cluster.Hosts[0];
        await host.Namespace.IpAsync(["route add 10.99.0.0/24 via 192.168.77.50"], Cancel);
        string[] before = await KernelLines.ReadAsync(host.Namespace, Cancel);

        CommandResult running = await CleanUpAsync(host);
        Assert.Equal(1, running.ExitCode);
        Assert.Contains("stop the daemon first", running.Error, StringComparison.Ordinal);
        _ = await KernelLines.WaitForAsync(host.Namespace, before, Limit, Cancel);

        _ = await host.Daemon.StopAsync("TERM", Cancel);
        CommandResult dry = (await CleanUpAsync(host, "--dry-run")).OrThrow();
        Assert.Equal(before, await KernelLines.ReadAsync(host.Namespace, Cancel));

        CommandResult done = (await CleanUpAsync(host)).OrThrow();
        Assert.Equal(done.Output, dry.Output.Replace("would remove", "removed", StringComparison.Ordinal));
        Assert.All(said, what => Assert.Contains($"removed {what}", done.Output, StringComparison.Ordinal));
        string left = Assert.Single(await KernelLines.ReadAsync(host.Namespace, Cancel));
        Assert.StartsWith("route unicast 10.99.0.0/24 ", left, StringComparison.Ordinal);
        Assert.Equal("nothing to remove\n", (await CleanUpAsync(host)).OrThrow().Output);

        await cluster.StartDaemonsAsync(Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
    }

    private static Task<CommandResult> CleanUpAsync(LabHost host, params string[] arguments) => host.Namespace.ExecAsync(
        [DaemonBinary.Path, "cleanup", "--subnet-file", host.Daemon.SubnetFile, .. arguments], Cancel);

    private static string Lease(string address, string mac)
    {
        string data = $$"""{"VNI":1,"VtepMAC":"{{mac}}"}""";
        return $$"""{"PublicIP":"{{address}}","PublicIPv6":null,"BackendType":"vxlan","BackendData":{{data}}}""";
    }
}

using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Daemons that take over from one another under traffic, on both ways that packets go.</summary>
public class HandOverTests
{
    private const int Datagrams = 5000;
    private const int Rounds = 3;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(LoadedHosts.RouterOnly, "one queue or several, and the router alone")]
    [InlineData(""","Queues":2""", "two queues, and the kernel")]
    public async Task A_daemon_takes_over_again_and_again_and_nothing_is_lost(string backend, string how)
    {
        await using LoadedHosts hosts = await LoadedHosts.StartAsync(backend, withPlain: false, Cancel);
        if (backend != LoadedHosts.RouterOnly)
            await KernelHosts.WaitForKernelAsync(hosts, Cancel);

        LabHost host = hosts.Ours.First();
        string index = await IndexAsync(host);
        await using var outwards = SteadyTraffic.Start(hosts.First, hosts.Second, Datagrams);
        await using var inwards = SteadyTraffic.Start(hosts.Second, hosts.First, Datagrams);

        for (int i = 0; i < Rounds; i++)
            await SucceedAsync(host);

        foreach (SteadyTrafficResult result in new[] { await outwards.FinishAsync(), await inwards.FinishAsync() })
        {
            TestContext.Current.SendDiagnosticMessage("{0}: {1}", how, result);
            Assert.Equal((0, 0), (result.PingsLost, result.DatagramsLost));
            Assert.True(result.IsStreamWhole);
        }

        Assert.Equal(index, await IndexAsync(host));
        if (backend != LoadedHosts.RouterOnly)
            await KernelHosts.WaitForKernelAsync(hosts, Cancel);

        // Of each host the subnet's lease and the owner mark's, and where there is one the kernel tunnel's.
        int each = backend == LoadedHosts.RouterOnly ? 2 : 3;
        Assert.Equal(each * 2, await hosts.Cluster.Etcd.CountLeasesAsync(Cancel));
    }

    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task A_daemon_of_a_backend_of_the_kernels_takes_over_and_nothing_is_lost(string backend)
    {
        await using LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 2, Backend = backend }, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        await using var traffic = SteadyTraffic.Start(cluster.Containers[0], cluster.Containers[1], Datagrams);

        await SucceedAsync(cluster.Hosts[0]);

        SteadyTrafficResult result = await traffic.FinishAsync();
        Assert.Equal((0, 0), (result.PingsLost, result.DatagramsLost));
        Assert.True(result.IsStreamWhole);
    }

    [Fact]
    public async Task What_is_asked_for_decides_what_happens_to_a_daemon_that_runs()
    {
        await using LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 1 }, Cancel);
        FlannelDaemon daemon = cluster.Hosts[0].Daemon;

        // Never: it says who runs, and leaves it alone.
        LabProcess first = daemon.StartSuccessor("--takeover=never");
        await daemon.WaitForLogAsync($"a daemon runs already, process {first.Id}", Limit, Cancel);
        Assert.Equal(1, await daemon.Process.WaitForExitAsync(Limit, Cancel));
        Assert.False(first.HasExited);

        // Of another network: it is no predecessor, and is left alone.
        await daemon.Process.DisposeAsync();
        _ = daemon.StartSuccessor("--etcd-prefix=/another/network");
        await daemon.WaitForLogAsync("is of the network /coreos.com/network and not /another/network", Limit, Cancel);
        Assert.Equal(1, await daemon.Process.WaitForExitAsync(Limit, Cancel));
        Assert.False(first.HasExited);

        // Required: there is one, whose network was only spelt otherwise.
        await daemon.Process.DisposeAsync();
        _ = daemon.StartSuccessor("--takeover=require", "--etcd-prefix=/coreos.com//network/");
        await daemon.WaitReadyAsync(Cancel);
        Assert.Equal(0, await first.WaitForExitAsync(Limit, Cancel));
        await first.DisposeAsync();

        // Required: there is none.
        Assert.Equal(0, await daemon.StopAsync("TERM", Cancel));
        await using LabProcess stopped = daemon.StartSuccessor("--takeover=require");
        await daemon.WaitForLogAsync("no daemon runs", Limit, Cancel);
        Assert.Equal(1, await daemon.Process.WaitForExitAsync(Limit, Cancel));
    }

    [Fact]
    public async Task Daemons_with_sockets_of_their_own_keep_apart_on_one_host()
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(Clusters.Default with { Hosts = 1 }, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        LabHost host = cluster.Hosts[0];
        const string Other = "/another/network";
        await cluster.Etcd.PutAsync(
            $"{Other}/config", """{"Network":"10.9.0.0/16","Backend":{"Type":"udp","Port":9999}}""", Cancel);
        string socket = Path.Combine(host.Directory, "other.sock");
        FlannelDaemon other = host.AddDaemon(
            new DaemonOptions { Path = DaemonBinary.Path, Prefix = Other, Arguments = ["--admin-socket", socket] });
        await cluster.StartDaemonsAsync(Cancel);

        LabProcess before = other.StartSuccessor();
        await other.WaitReadyAsync(Cancel);
        Assert.Equal(0, await before.WaitForExitAsync(Limit, Cancel));
        await before.DisposeAsync();

        Assert.True(host.Daemon.IsRunning);
        Assert.True(other.IsRunning);
        Assert.True(await host.HasDeviceAsync("flannel0", Cancel));
        Assert.True(await host.HasDeviceAsync("flannel1", Cancel));
    }

    [Fact]
    public async Task Another_number_of_queues_takes_a_new_device_and_all_else_follows()
    {
        await using LoadedHosts hosts = await LoadedHosts.StartAsync(""","Queues":1""", withPlain: false, Cancel);
        LabHost host = hosts.Ours.First();
        await hosts.Cluster.Etcd.PutAsync(
            $"{hosts.Cluster.Options.Prefix}/config", LoadedHosts.ConfigOf(""","Queues":2"""), Cancel);

        await SucceedAsync(host);

        _ = await Ping.WaitForMeshAsync(hosts.Containers, Limit, Cancel);
        Assert.Equal(2, (await host.Daemon.ReadStatusAsync(Cancel))?.Queues);
        Assert.True(await host.HasDeviceAsync("flannel0", Cancel));
        Assert.False(await host.HasDeviceAsync("flannel1", Cancel));
    }

    private static async Task SucceedAsync(LabHost host)
    {
        await using LabProcess before = host.Daemon.StartSuccessor();
        await host.Daemon.WaitReadyAsync(Cancel);
        int code = await before.WaitForExitAsync(Limit, Cancel);
        Assert.True(code == 0, $"exit code {code}:\n{before.Tail(20)}");

        // Only then can the next one find it.
        await host.Daemon.WaitForLogAsync("Listening at", Limit, Cancel);
    }

    private static async Task<string> IndexAsync(LabHost host) =>
        (await host.Namespace.ExecAsync(["cat", "/sys/class/net/flannel0/ifindex"], Cancel)).OrThrow().Output;
}

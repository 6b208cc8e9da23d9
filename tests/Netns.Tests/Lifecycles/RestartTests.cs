using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class RestartTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_stopped_daemon_leaves_what_a_restart_needs_and_gets_its_subnet_back(string signal)
    {
        await using LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 2 }, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        LabHost host = cluster.Hosts[0];
        string before = await File.ReadAllTextAsync(host.Daemon.SubnetFile, Cancel);

        Assert.Equal(0, await host.Daemon.StopAsync(signal, Cancel));

        Assert.False(await host.HasDeviceAsync("flannel0", Cancel));
        Assert.NotNull(await cluster.Etcd.GetAsync(host.LeaseKey, Cancel));
        Assert.Equal(before, await File.ReadAllTextAsync(host.Daemon.SubnetFile, Cancel));

        await cluster.StartDaemonsAsync(Cancel);

        Assert.Equal(before, await File.ReadAllTextAsync(host.Daemon.SubnetFile, Cancel));
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        Assert.Equal(2, (await cluster.Etcd.ListAsync($"{cluster.Options.Prefix}/subnets", Cancel)).Count);
    }

    [Fact]
    public async Task Daemons_that_are_killed_and_started_again_leave_no_etcd_lease_behind()
    {
        await using LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 2 }, Cancel);
        string[] before = [.. cluster.Hosts.Select(host => host.LeaseKey)];
        foreach (string signal in new[] { "KILL", "TERM", "KILL" })
        {
            _ = await Task.WhenAll(cluster.Hosts.Select(host => host.Daemon.StopAsync(signal, Cancel)));
            await cluster.StartDaemonsAsync(Cancel);
        }

        _ = await Ping.WaitForMeshAsync(cluster.HostEnds, Limit, Cancel);
        Assert.Equal(before, cluster.Hosts.Select(host => host.LeaseKey));

        // Of each host the subnet's, the owner mark's and the kernel tunnel's, which is replaced while packets flow already.
        _ = await Wait.UntilAsync(
            async () => await cluster.Etcd.CountLeasesAsync(Cancel) == 3 * cluster.Hosts.Count,
            Limit,
            "three etcd leases of each host and no others",
            Cancel);
    }
}

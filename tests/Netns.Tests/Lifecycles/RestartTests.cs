using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class RestartTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

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
}

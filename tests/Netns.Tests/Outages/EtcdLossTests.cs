using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>etcd goes away under daemons that carry packets, and comes back.</summary>
public class EtcdLossTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    public async Task Packets_flow_on_without_etcd_and_who_came_meanwhile_is_reached_when_it_is_back(string signal)
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(Clusters.Default, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        LabHost late = cluster.Hosts[2];
        FlannelDaemon[] early = [cluster.Hosts[0].Daemon, cluster.Hosts[1].Daemon];
        await Task.WhenAll(early.Select(daemon => daemon.StartAsync()));
        await Task.WhenAll(early.Select(daemon => daemon.WaitReadyAsync(Cancel)));
        Endpoint[] ends = [.. cluster.Hosts.Take(2).Select(host => host.OverlayEndpoint(host.Daemon))];
        _ = await Ping.WaitForMeshAsync(ends, Limit, Cancel);
        Calm[] calm = [.. early.Select(Calm.Of)];

        await cluster.Etcd.SignalAsync(signal, Cancel);
        await Task.WhenAll(early.Select(daemon => daemon.WaitForLogAsync("Lost sight of the leases", Limit, Cancel)));
        await late.Daemon.StartAsync();
        await Calm.AssertAsync(early, Cancel);
        Assert.Empty(await Ping.UnreachableAsync(ends, Cancel));

        if (signal == "STOP")
        {
            await cluster.Etcd.SignalAsync("CONT", Cancel);
        }
        else
        {
            await cluster.Etcd.StopAsync();
            await cluster.Etcd.StartAsync(Cancel);
        }

        await late.Daemon.WaitReadyAsync(Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.HostEnds, Limit, Cancel);
        foreach (Calm one in calm)
            one.Assert(TimeSpan.FromSeconds(2), 8);

        // Of each host the subnet's, the owner mark's and the kernel tunnel's.
        _ = await Wait.UntilAsync(
            async () => await cluster.Etcd.CountLeasesAsync(Cancel) == 3 * cluster.Hosts.Count,
            Limit,
            "three etcd leases of each host and no others",
            Cancel);
    }

    [Fact]
    public async Task A_daemon_ends_well_also_when_etcd_is_silent()
    {
        await using LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 1 }, Cancel);
        await cluster.Etcd.SignalAsync("STOP", Cancel);
        try
        {
            Assert.Equal(0, await cluster.Hosts[0].Daemon.StopAsync("TERM", Cancel));
        }
        finally
        {
            await cluster.Etcd.SignalAsync("CONT", Cancel);
        }
    }
}

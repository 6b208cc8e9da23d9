using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class SimultaneousStartTests
{
    private const int Hosts = 8;
    private const int Rounds = 5;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Eight_daemons_started_together_take_eight_subnets_and_find_each_other_every_time()
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(Clusters.Default with { Hosts = Hosts }, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        for (int round = 1; round <= Rounds; round++)
        {
            await cluster.StartDaemonsAsync(Cancel);

            string[] subnets = [.. cluster.Hosts.Select(host => host.Daemon.Env.Subnet)];
            Assert.Equal(Hosts, subnets.Distinct().Count());
            Assert.Equal(Hosts, (await cluster.Etcd.ListAsync($"{cluster.Options.Prefix}/subnets", Cancel)).Count);
            _ = await Ping.WaitForMeshAsync(cluster.HostEnds, Limit, Cancel);

            await ForgetAsync(cluster);
        }
    }

    /// <summary>Stops every daemon and removes what would give it the same subnet again.</summary>
    private static async Task ForgetAsync(LabCluster cluster)
    {
        int[] exits = await Task.WhenAll(cluster.Hosts.Select(host => host.Daemon.StopAsync("TERM", Cancel)));
        Assert.All(exits, exit => Assert.Equal(0, exit));
        await cluster.Etcd.DeletePrefixAsync($"{cluster.Options.Prefix}/subnets", Cancel);
        foreach (LabHost host in cluster.Hosts)
            File.Delete(host.Daemon.SubnetFile);
    }
}

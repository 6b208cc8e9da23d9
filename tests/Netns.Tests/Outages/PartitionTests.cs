using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>A host is cut off from etcd and from its peers, and comes back to another world.</summary>
public class PartitionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A port that is down ends what it carries; one that is off the bridge swallows every packet without a word.</summary>
    [Theory]
    [InlineData("down", "up")]
    [InlineData("nomaster", "master br0")]
    public async Task A_host_that_was_cut_off_catches_up_also_with_what_was_compacted_meanwhile(string cut, string heal)
    {
        await using LabCluster cluster = await LabCluster.StartAsync(Clusters.Default, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.HostEnds, Limit, Cancel);
        (LabHost lost, LabHost stays, LabHost leaves) = (cluster.Hosts[0], cluster.Hosts[1], cluster.Hosts[2]);
        string? own = (await cluster.Etcd.GetAsync(lost.LeaseKey, Cancel))?.Value;
        Calm[] calm = [Calm.Of(lost.Daemon), Calm.Of(stays.Daemon)];
        string port = Underlay.PortOf(lost.Number);

        await cluster.Underlay.Switch.IpAsync([$"link set {port} {cut}"], Cancel);
        await lost.Daemon.WaitForLogAsync("Lost sight of the leases", Limit, Cancel);
        Assert.Equal(0, await leaves.Daemon.StopAsync("TERM", Cancel));
        await cluster.Etcd.DeleteAsync(leaves.LeaseKey, Cancel);
        await cluster.Etcd.PutAsync(Key("10.5.250.0-24"), """{"PublicIP":"192.168.77.250","PublicIPv6":null}""", Cancel);
        await cluster.Etcd.PutAsync(Key("10.5.251.0-24"), """{"PublicIP":"192.168.77.251","PublicIPv6":null}""", Cancel);
        await cluster.Etcd.CompactAsync(Cancel);
        await Calm.AssertAsync([lost.Daemon], Cancel);
        Assert.Equal(2, (await lost.Daemon.ReadStatusAsync(Cancel))?.Peers);

        await cluster.Underlay.Switch.IpAsync([$"link set {port} {heal}"], Cancel);
        foreach (LabHost host in new[] { lost, stays })
            await UntilItFollowsAsync(host, peers: 3);

        Endpoint[] left = [lost.OverlayEndpoint(lost.Daemon), stays.OverlayEndpoint(stays.Daemon)];
        _ = await Ping.WaitForMeshAsync(left, Limit, Cancel);
        Assert.Equal(own, (await cluster.Etcd.GetAsync(lost.LeaseKey, Cancel))?.Value);
        Assert.Contains(lost.Daemon.Process.Lines, line => line.Contains($"Peer removed: {leaves.Daemon.Env.OverlayAddress}", StringComparison.Ordinal));
        foreach (Calm one in calm)
            one.Assert(TimeSpan.FromSeconds(2), 12);

        foreach (LabHost host in new[] { lost, stays })
        {
            Assert.DoesNotContain(host.Daemon.Process.Lines, line =>
                line.Contains($"Peer removed: {host.Daemon.Env.OverlayAddress}", StringComparison.Ordinal));
        }

        string Key(string subnet) => $"{cluster.Options.Prefix}/subnets/{subnet}";
    }

    private static async Task UntilItFollowsAsync(LabHost host, int peers) => _ = await Wait.UntilAsync(
        async () => await host.Daemon.ReadStatusAsync(Cancel) is { EtcdTrouble: null } status && status.Peers == peers,
        Limit,
        $"{host.Name} to have {peers} peers in force",
        Cancel);
}

using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Hosts are cut off from etcd and from their peers, and come back to another world.</summary>
public class PartitionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hosts_that_were_cut_off_catch_up_also_with_what_was_compacted_meanwhile()
    {
        await using LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 4 }, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.HostEnds, Limit, Cancel);
        LabHost[] lost = [cluster.Hosts[0], cluster.Hosts[1]];
        LabHost[] left = [.. lost, cluster.Hosts[2]];
        LabHost leaves = cluster.Hosts[3];
        string?[] leases = await Task.WhenAll(left.Select(ReadLeaseAsync));
        Calm[] calm = [.. left.Select(host => Calm.Of(host.Daemon))];

        // One's link is down; the other's is up and swallows every packet.
        (string first, string second) = (Underlay.PortOf(lost[0].Number), Underlay.PortOf(lost[1].Number));
        await cluster.Underlay.Switch.IpAsync([$"link set {first} down", $"link set {second} nomaster"], Cancel);
        await Task.WhenAll(lost.Select(host => host.Daemon.WaitForLogAsync("Lost sight of the leases", Limit, Cancel)));
        Assert.Equal(0, await leaves.Daemon.StopAsync("TERM", Cancel));
        await cluster.Etcd.DeleteAsync(leaves.LeaseKey, Cancel);
        foreach (int number in new[] { 250, 251 })
        {
            await cluster.Etcd.PutAsync(
                $"{cluster.Options.Prefix}/subnets/10.5.{number}.0-24", $$"""{"PublicIP":"192.168.77.{{number}}","PublicIPv6":null}""", Cancel);
        }

        await cluster.Etcd.CompactAsync(Cancel);
        await Calm.AssertAsync(lost.Select(host => host.Daemon), Cancel);
        Assert.All(lost, host => Assert.False(WasRemoved(host, leaves)));

        await cluster.Underlay.Switch.IpAsync([$"link set {first} up", $"link set {second} master {UnderlayLink.Near.Bridge}"], Cancel);
        await Task.WhenAll(left.Select(host => UntilItFollowsAsync(host, peers: 4)));
        _ = await Ping.WaitForMeshAsync([.. left.Select(host => host.OverlayEndpoint(host.Daemon))], Limit, Cancel);
        Assert.Equal(leases, await Task.WhenAll(left.Select(ReadLeaseAsync)));
        foreach (LabHost host in left)
        {
            Assert.True(WasRemoved(host, leaves), host.Daemon.DescribeLog());
            Assert.All(left, other => Assert.False(WasRemoved(host, other), host.Daemon.DescribeLog()));
        }

        foreach (Calm one in calm)
            one.Assert(TimeSpan.FromSeconds(2), 12);

        async Task<string?> ReadLeaseAsync(LabHost host) => (await cluster.Etcd.GetAsync(host.LeaseKey, Cancel))?.Value;
    }

    private static bool WasRemoved(LabHost at, LabHost peer) => at.Daemon.Process.Lines.Any(line =>
        line.Contains($"Peer removed: {peer.Daemon.Env.OverlayAddress}/", StringComparison.Ordinal));

    private static async Task UntilItFollowsAsync(LabHost host, int peers) => _ = await Wait.UntilAsync(
        async () => await host.Daemon.ReadStatusAsync(Cancel) is { EtcdTrouble: null } status && status.Peers == peers,
        Limit,
        $"{host.Name} to have {peers} peers in force",
        Cancel);
}

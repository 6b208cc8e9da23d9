using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class MixedClusterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_peer_that_works_like_flanneld_and_our_daemons_reach_each_other()
    {
        const string PlainSubnet = "10.5.200";
        await using LabCluster cluster = await LabCluster.CreateAsync(Clusters.Default, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        (LabHost first, LabHost second, LabHost plain) = (cluster.Hosts[0], cluster.Hosts[1], cluster.Hosts[2]);
        await Task.WhenAll(first.Daemon.StartAsync(), second.Daemon.StartAsync());
        await Task.WhenAll(first.Daemon.WaitReadyAsync(Cancel), second.Daemon.WaitReadyAsync(Cancel));
        var peers = new[] { first, second }.ToDictionary(host => SubnetOf(host.Daemon.Env), host => host.Address);

        using PlainPeer peer = await PlainPeer.StartAsync(plain, PlainSubnet, peers, Cancel);
        await cluster.Etcd.PutAsync(
            $"{cluster.Options.Prefix}/subnets/{PlainSubnet}.0-24",
            $$"""{"PublicIP":"{{plain.Address}}","PublicIPv6":null}""",
            Cancel);
        Container[] containers = await Task.WhenAll(
            first.AddContainerAsync(first.Daemon.Env, Cancel),
            second.AddContainerAsync(second.Daemon.Env, Cancel),
            plain.AddContainerAsync(new SubnetEnv("10.5.0.0/16", $"{PlainSubnet}.1/24", 1472), Cancel));
        Endpoint[] ends = [.. containers.Select(container => container.Endpoint)];

        _ = await Ping.WaitForMeshAsync(ends, Limit, Cancel);
        IReadOnlyList<PingResult> fullSize = await Ping.MeshAsync(
            ends, ["-c", "3", "-i", "0.2", "-W", "1", "-M", "do", "-s", "1444"], Cancel);
        Assert.All(fullSize, result => Assert.True(result.Ok, result.ToString()));

        string log = Path.Combine(cluster.Directory, "iperf3.log");
        Assert.All(
            await TcpStream.MeasureAsync(ends[0], ends[2], 1, log, Cancel), stream => Assert.True(stream.Ok, stream.ToString()));
    }

    private static string SubnetOf(SubnetEnv env) => env.OverlayAddress[..env.OverlayAddress.LastIndexOf('.')];
}

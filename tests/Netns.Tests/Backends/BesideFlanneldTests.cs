using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// One of two hosts of flanneld's changes over to our daemon: with flanneld's own words in etcd, and with the other host as
/// flanneld leaves it.
/// </summary>
public class BesideFlanneldTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vxlan")]
    [InlineData("vxlan-directrouting")]
    [InlineData("vxlan-dualstack")]
    [InlineData("host-gw")]
    [InlineData("host-gw-dualstack")]
    public async Task Our_daemon_takes_flannelds_lease_and_peer_and_packets_flow(string backend)
    {
        var flanneld = FlanneldCluster.Read(backend);
        bool isDualStack = backend.EndsWith("dualstack", StringComparison.Ordinal);
        LabClusterOptions options = Clusters.Default with
        {
            Hosts = 2,
            Config = flanneld.Config,
            Ipv6Network = isDualStack ? "fd05::/56" : null,
            Daemons = [new DaemonOptions { Path = DaemonBinary.Path }],
        };
        await using LabCluster cluster = await LabCluster.CreateAsync(options, Cancel);
        (LabHost ours, LabHost theirs) = (cluster.Hosts[0], cluster.Hosts[1]);
        await cluster.StartEtcdAsync(Cancel);
        foreach ((string subnet, string lease) in flanneld.Leases)
            await cluster.Etcd.PutAsync($"{options.Prefix}/subnets/{subnet}", lease, Cancel);

        await FlanneldHost.SetUpAsync(theirs, flanneld.KernelOfSecond, Cancel);
        await cluster.StartDaemonsAsync(Cancel);

        // Not even an Ethernet address changes, so that the peer has nothing to learn.
        Assert.Equal(flanneld.KernelOfFirst, await KernelLines.ReadAsync(ours.Namespace, Cancel));
        Assert.Equal(
            flanneld.Leases.OrderBy(lease => lease.Key, StringComparer.Ordinal),
            (await cluster.Etcd.ListAsync($"{options.Prefix}/subnets/", Cancel))
                .Select(entry => KeyValuePair.Create(entry.Key.Split('/')[^1], entry.Value)));

        string env = Path.Combine(theirs.Directory, "subnet.env");
        await File.WriteAllLinesAsync(env, flanneld.EnvOfSecond, Cancel);
        Container[] containers =
        [
            await ours.AddContainerAsync(ours.Daemon.Env, Cancel),
            await theirs.AddContainerAsync(SubnetEnv.Read(env), Cancel),
        ];
        await ExchangeAsync([.. containers.Select(container => container.Endpoint)]);
        if (isDualStack)
            await ExchangeAsync([.. containers.Select(container => container.Ipv6Endpoint)]);

        Assert.Empty((await ours.Daemon.ReadStatusAsync(Cancel))!.KernelTroubles!);

        async Task ExchangeAsync(Endpoint[] ends)
        {
            _ = await Ping.WaitForMeshAsync(ends, Limit, Cancel);
            IReadOnlyList<TcpResult> streams = await TcpStream.MeasureAsync(
                ends[0], ends[1], 1, Path.Combine(cluster.Directory, "iperf3.log"), Cancel);
            Assert.All(streams, stream => Assert.True(stream.Ok, stream.ToString()));
        }
    }
}

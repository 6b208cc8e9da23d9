using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>A host's address changes under the kernel's backends.</summary>
public class BackendMoveTests
{
    private const string NewAddress = "192.168.77.102";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task Subnet_device_and_peers_stay_and_packets_go_by_the_new_address(string backend)
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 2, Backend = backend }, Cancel);
        LabHost host = cluster.Hosts[0];
        string[] before = await KernelLines.ReadAsync(host.Namespace, Cancel);
        string? index = backend == "vxlan" ? await host.IndexOfAsync("flannel.1", Cancel) : null;

        await host.Namespace.IpAsync(
            [
                $"address del {host.Address}/24 dev eth0",
                $"address add {NewAddress}/24 dev eth0",
                "route add default via 192.168.77.1",
            ],
            Cancel);

        _ = await Wait.UntilAsync(
            async () => await cluster.Etcd.GetAsync(host.LeaseKey, Cancel) is { } lease
                && lease.Value.Contains($"\"{NewAddress}\"", StringComparison.Ordinal),
            Limit,
            "the lease to say the new address",
            Cancel);
        string[] after =
        [
            .. before.Select(line => line.Replace($"local={host.Address}", $"local={NewAddress}", StringComparison.Ordinal)),
        ];
        _ = await KernelLines.WaitForAsync(host.Namespace, after, Limit, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        Assert.Equal(index, backend == "vxlan" ? await host.IndexOfAsync("flannel.1", Cancel) : null);
    }
}

using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class NetworkConfigTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_backends_port_is_the_one_that_is_used()
    {
        LabClusterOptions options = Clusters.Default with
        {
            Hosts = 2,
            Config = """{"Network":"10.5.0.0/16","Backend":{"Type":"udp","Port":9999}}""",
        };
        await using LabCluster cluster = await LabCluster.StartAsync(options, Cancel);

        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);

        CommandResult sockets = await cluster.Hosts[1].Namespace.ExecAsync(["ss", "-Huln"], Cancel);
        Assert.Contains("192.168.77.3:9999 ", sockets.OrThrow().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_networks_live_side_by_side_on_every_host()
    {
        const string SecondPrefix = "/second/network";
        await using LabCluster cluster = await LabCluster.CreateAsync(Clusters.Default, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        await cluster.Etcd.PutAsync(
            $"{SecondPrefix}/config", """{"Network":"10.6.0.0/16","Backend":{"Type":"udp","Port":8286}}""", Cancel);
        foreach (LabHost host in cluster.Hosts)
            _ = host.AddDaemon(new DaemonOptions { Path = DaemonBinary.Path, Prefix = SecondPrefix });

        await cluster.StartDaemonsAsync(Cancel);
        await cluster.AddContainersAsync(Cancel);

        _ = await Ping.WaitForMeshAsync([.. cluster.Hosts.Select(host => host.Containers[0].Endpoint)], Limit, Cancel);
        _ = await Ping.WaitForMeshAsync([.. cluster.Hosts.Select(host => host.Containers[1].Endpoint)], Limit, Cancel);
        foreach (LabHost host in cluster.Hosts)
        {
            Assert.StartsWith("10.5.", host.Containers[0].Address, StringComparison.Ordinal);
            Assert.StartsWith("10.6.", host.Containers[1].Address, StringComparison.Ordinal);
            Assert.True(await host.HasDeviceAsync("flannel0", Cancel));
            Assert.True(await host.HasDeviceAsync("flannel1", Cancel));
        }
    }
}

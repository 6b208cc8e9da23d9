using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>A peer that the kernel takes no route to.</summary>
public class TroubleTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_peer_whose_route_the_kernel_refuses_is_shown_and_tried_again_and_delays_nobody()
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 2, Backend = "host-gw" }, Cancel);
        LabHost host = cluster.Hosts[0];
        string[] before = await KernelLines.ReadAsync(host.Namespace, Cancel);
        await PutAsync(250, "192.168.77.255"); // the link's broadcast address
        await host.Daemon.WaitForLogAsync("Not in force, trying on: 10.5.250.0/24 (cannot replace route", Limit, Cancel);

        await PutAsync(251, "192.168.77.91");
        _ = await KernelLines.WaitForAsync(host.Namespace, With(Route(251, "192.168.77.91")), Limit, Cancel);
        KeyValuePair<string, string> trouble = Assert.Single((await host.Daemon.ReadStatusAsync(Cancel))!.KernelTroubles!);
        Assert.Equal("10.5.250.0/24", trouble.Key);
        Assert.Contains("invalid gateway", trouble.Value, StringComparison.Ordinal);
        _ = Assert.Single(host.Daemon.Process.Lines, line => line.Contains("Not in force", StringComparison.Ordinal));

        await PutAsync(250, "192.168.77.90");
        _ = await KernelLines.WaitForAsync(
            host.Namespace, With(Route(250, "192.168.77.90"), Route(251, "192.168.77.91")), Limit, Cancel);
        await host.Daemon.WaitForLogAsync("The trouble with 10.5.250.0/24 is over", Limit, Cancel);
        Assert.Empty((await host.Daemon.ReadStatusAsync(Cancel))!.KernelTroubles!);

        Task PutAsync(int subnet, string address) => cluster.Etcd.PutAsync(
            $"{cluster.Options.Prefix}/subnets/10.5.{subnet}.0-24",
            $$"""{"PublicIP":"{{address}}","PublicIPv6":null,"BackendType":"host-gw"}""",
            Cancel);

        string[] With(params string[] routes) => [.. before.Concat(routes).Order(StringComparer.Ordinal)];
    }

    private static string Route(int subnet, string gateway) =>
        $"route unicast 10.5.{subnet}.0/24 via {gateway} dev eth0 proto boot scope global metric 0";
}

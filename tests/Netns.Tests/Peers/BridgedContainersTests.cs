using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// Hosts that could send to each other's containers through the kernel, where a bridge makes the router the faster way
/// (docs/adr/0012-kernel-tunnel.md).
/// </summary>
public class BridgedContainersTests
{
    private const long Bytes = 64_000_003;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bridge_that_comes_leads_containers_packets_to_the_router_and_those_of_the_hosts_stay_in_the_kernel()
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(Clusters.Default with { Hosts = 2 }, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        await cluster.StartDaemonsAsync(Cancel);
        await WaitForOffersAsync(cluster, "{}");

        await cluster.AddContainersAsync(Cancel);
        await WaitForOffersAsync(cluster, """{"Subnet":false}""");
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        await WaitForPeersAsync(cluster);

        (long kernel, long router) = await SendAsync(cluster, cluster.Containers);
        Assert.True(kernel < Bytes / 10 && router >= Bytes, $"between containers {kernel} bytes by the kernel, {router} by the router");

        (kernel, router) = await SendAsync(cluster, cluster.HostEnds);
        Assert.True(kernel >= Bytes && router < Bytes / 10, $"between hosts {kernel} bytes by the kernel, {router} by the router");
    }

    [Fact]
    public async Task Without_a_bridge_containers_packets_go_through_the_kernel()
    {
        await using LabCluster cluster = await LabCluster.StartAsync(
            Clusters.Default with { Hosts = 2, RoutedContainers = true }, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        await WaitForOffersAsync(cluster, "{}");
        await WaitForPeersAsync(cluster);

        (long kernel, long router) = await SendAsync(cluster, cluster.Containers);

        Assert.True(kernel >= Bytes && router < Bytes / 10, $"{kernel} bytes by the kernel, {router} by the router");
    }

    private static Task WaitForOffersAsync(LabCluster cluster, string offer) => Task.WhenAll(cluster.Hosts.Select(host => Wait.UntilAsync(
        async () => (await cluster.Etcd.GetAsync($"{cluster.Options.Prefix}/tunnels/{host.Address}", Cancel))?.Value == offer,
        Limit,
        $"{host.Name} to offer {offer}",
        Cancel)));

    private static Task WaitForPeersAsync(LabCluster cluster) => Task.WhenAll(cluster.Hosts.Select(host => Wait.UntilAsync(
        async () => (await host.Daemon.ReadStatusAsync(Cancel))?.KernelTunnel?.Peers == 1,
        Limit,
        $"{host.Name} to send through the kernel",
        Cancel)));

    /// <summary>Sends a stream from the first to the second, and tells how the first's daemon has carried it.</summary>
    private static async Task<(long Kernel, long Router)> SendAsync(LabCluster cluster, IReadOnlyList<Endpoint> ends)
    {
        FlannelDaemon daemon = cluster.Hosts[0].Daemon;
        DaemonStatus before = (await daemon.ReadStatusAsync(Cancel))!;
        TransferResult result = await HashedTransfer.RunAsync(ends[0], ends[1], Bytes, Cancel);
        Assert.True(result.Ok, result.ToString());
        DaemonStatus after = (await daemon.ReadStatusAsync(Cancel))!;
        return (
            after.KernelTunnel!.BytesOut!.Value - before.KernelTunnel!.BytesOut!.Value,
            after.Outbound!.Bytes!.Value - before.Outbound!.Bytes!.Value);
    }
}

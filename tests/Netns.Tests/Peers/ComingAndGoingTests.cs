using System.Net.Sockets;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class ComingAndGoingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_late_peer_is_reached_at_once_and_a_deleted_one_is_unreachable_at_once()
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(Clusters.Default, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        (LabHost first, LabHost second, LabHost late) = (cluster.Hosts[0], cluster.Hosts[1], cluster.Hosts[2]);
        await Task.WhenAll(first.Daemon.StartAsync(), second.Daemon.StartAsync());
        await Task.WhenAll(first.Daemon.WaitReadyAsync(Cancel), second.Daemon.WaitReadyAsync(Cancel));

        await late.Daemon.StartAsync();
        await late.Daemon.WaitReadyAsync(Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.HostEnds, Limit, Cancel);

        // A daemon that still ran would put its lease back.
        Endpoint gone = late.OverlayEndpoint(late.Daemon);
        _ = await late.Daemon.StopAsync("TERM", Cancel);
        await cluster.Etcd.DeleteAsync(late.LeaseKey, Cancel);
        foreach (LabHost host in new[] { first, second })
        {
            using Socket client = NamespaceSocket.ConnectUdp(host.OverlayEndpoint(host.Daemon), gone.Address, 9);
            _ = await Wait.UntilAsync(
                () => NamespaceSocket.Probe(client, TimeSpan.FromMilliseconds(200)) == SocketError.NetworkUnreachable,
                Limit,
                $"{host.Name} to lose its way to {gone.Address}",
                Cancel);
        }

        Endpoint[] left = [first.OverlayEndpoint(first.Daemon), second.OverlayEndpoint(second.Daemon)];
        Assert.Empty(await Ping.UnreachableAsync(left, Cancel));
    }

    [Fact]
    public async Task A_daemon_whose_lease_is_deleted_puts_it_back_and_peers_follow()
    {
        await using LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 2 }, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.HostEnds, Limit, Cancel);
        LabHost host = cluster.Hosts[0];
        string? before = (await cluster.Etcd.GetAsync(host.LeaseKey, Cancel))?.Value;

        await cluster.Etcd.DeleteAsync(host.LeaseKey, Cancel);

        _ = await Wait.UntilAsync(
            async () => (await cluster.Etcd.GetAsync(host.LeaseKey, Cancel))?.Value == before, Limit, $"{host.LeaseKey} to be put back", Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.HostEnds, Limit, Cancel);
    }

    [Fact]
    public async Task A_daemon_whose_subnet_another_host_has_got_ends_with_an_error_that_names_it()
    {
        await using LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 1 }, Cancel);
        LabHost host = cluster.Hosts[0];

        await cluster.Etcd.PutAsync(host.LeaseKey, """{"PublicIP":"192.168.77.99"}""", Cancel);

        Assert.Equal(1, await host.Daemon.Process.WaitForExitAsync(TimeSpan.FromSeconds(30), Cancel));
        Assert.Contains("192.168.77.99", host.Daemon.DescribeLog(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_of_another_backend_is_warned_of_once_whatever_happens_to_its_lease()
    {
        await using LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 1 }, Cancel);
        LabHost host = cluster.Hosts[0];
        for (int number = 21; number < 25; number++)
        {
            await PutAsync("10.5.20.0-24", "192.168.77.20", ""","BackendType":"vxlan" """);
            await PutAsync($"10.5.{number}.0-24", $"192.168.77.{number}", "");
        }

        _ = await Wait.UntilAsync(
            async () => (await host.Daemon.ReadStatusAsync(Cancel))?.Peers == 4, Limit, "the four peers of the udp backend", Cancel);
        Assert.Single(host.Daemon.Process.Lines, line => line.Contains("Skipping the peer 192.168.77.20", StringComparison.Ordinal));

        Task PutAsync(string subnet, string address, string rest) => cluster.Etcd.PutAsync(
            $"{cluster.Options.Prefix}/subnets/{subnet}", $$"""{"PublicIP":"{{address}}","PublicIPv6":null{{rest}}}""", Cancel);
    }
}

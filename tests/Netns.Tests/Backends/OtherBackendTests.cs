using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Hosts of several backends in one network.</summary>
public class OtherBackendTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vxlan", "host-gw")]
    [InlineData("host-gw", "vxlan")]
    public async Task A_peer_of_another_backend_is_skipped_with_one_warning_and_a_route_that_somebody_makes_to_it_stays(
        string own, string other)
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 2, Backend = own }, Cancel);
        LabHost host = cluster.Hosts[0];
        string key = $"{cluster.Options.Prefix}/subnets/10.5.50.0-24";
        string warning = $"Skipping the peer 192.168.77.90 with 10.5.50.0/24: its backend is '{other}', this host's is '{own}'";
        await cluster.Etcd.PutAsync(key, $$"""{"PublicIP":"192.168.77.90","PublicIPv6":null,"BackendType":"{{other}}"}""", Cancel);
        await host.Daemon.WaitForLogAsync(warning, Limit, Cancel);

        // A later peer shows that the route was seen.
        await host.Namespace.IpAsync(["route add 10.5.50.0/24 via 192.168.77.1"], Cancel);
        await cluster.Etcd.PutAsync($"{cluster.Options.Prefix}/subnets/10.5.51.0-24", Lease(own, 51), Cancel);
        _ = await Wait.UntilAsync(
            async () => (await KernelLines.ReadAsync(host.Namespace, Cancel))
                .Any(line => line.Contains(" 10.5.51.0/24 ", StringComparison.Ordinal)),
            Limit,
            "a route to the later peer",
            Cancel);

        _ = Assert.Single(host.Daemon.Process.Lines, line => line.Contains("Skipping the peer", StringComparison.Ordinal));
        Assert.Contains(
            await KernelLines.ReadAsync(host.Namespace, Cancel),
            line => line.StartsWith("route unicast 10.5.50.0/24 via 192.168.77.1 dev eth0 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Alloc_has_a_lease_and_a_subnet_file_and_leaves_the_kernel_alone()
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with { Hosts = 2, Backend = "alloc" }, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        LabHost host = cluster.Hosts[0];
        string before = await EverythingAsync(host);

        await cluster.StartDaemonsAsync(Cancel);
        Assert.Equal(0, await host.Daemon.StopAsync("TERM", Cancel));

        Assert.Equal(before, await EverythingAsync(host));
        Assert.Equal(2, (await cluster.Etcd.ListAsync($"{cluster.Options.Prefix}/subnets", Cancel)).Count);
    }

    private static async Task<string> EverythingAsync(LabHost host)
    {
        const string Script = "ip -o link; ip -o address; ip route show table all; ip rule";
        return (await host.Namespace.ExecAsync(["sh", "-c", Script], Cancel)).OrThrow().Output;
    }

    private static string Lease(string backend, int number)
    {
        string data = $$"""{"VNI":1,"VtepMAC":"02:00:00:00:00:{{number:x2}}"}""";
        return $$"""{"PublicIP":"192.168.77.{{number}}","PublicIPv6":null,"BackendType":"{{backend}}","BackendData":{{data}}}""";
    }
}

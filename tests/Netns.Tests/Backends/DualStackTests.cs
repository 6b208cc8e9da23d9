using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Both families through every backend that carries both.</summary>
public class DualStackTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vxlan", "{}")]
    [InlineData("vxlan", """{"VNI":42,"Port":4789,"MTU":1400,"GBP":true,"Learning":true}""")]
    [InlineData("vxlan", """{"DirectRouting":true}""")]
    [InlineData("host-gw", "{}")]
    public async Task Every_container_reaches_every_other_by_both_families_with_full_packets_and_TCP(string backend, string fields)
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Backend = backend, BackendFields = fields, Ipv6Network = "fd05::/48" }, Cancel);

        // ICMP payload that fills the MTU exactly.
        int mtu = cluster.Hosts[0].Daemon.Env.Mtu;
        foreach ((IReadOnlyList<Endpoint> ends, int headers) in new[] { (cluster.Containers, 28), (cluster.Ipv6Containers, 48) })
        {
            IReadOnlyList<PingResult> pings = await Ping.MeshAsync(
                ends, ["-c", "3", "-i", "0.2", "-W", "1", "-M", "do", "-s", $"{mtu - headers}"], Cancel);
            Assert.All(pings, ping => Assert.True(ping.Ok, ping.ToString()));
            IReadOnlyList<TcpResult> streams = await TcpStream.MeasureAsync(
                ends[0], ends[2], 1, Path.Combine(cluster.Directory, "iperf3.log"), Cancel);
            Assert.All(streams, stream => Assert.True(stream.Ok, stream.ToString()));
        }
    }
}

using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class MeshTests(ThreeHosts three) : IClassFixture<ThreeHosts>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_container_reaches_every_other_with_packets_as_long_as_the_overlay_takes()
    {
        // 20 bytes of IP header and 8 of ICMP make 1472, with the flag that forbids fragments.
        string[] fullSize = ["-c", "3", "-i", "0.2", "-W", "1", "-M", "do", "-s", "1444"];

        IReadOnlyList<PingResult> results = await Ping.MeshAsync(three.Containers, fullSize, Cancel);

        Assert.Equal(6, results.Count);
        Assert.All(results, result => Assert.True(result.Ok, result.ToString()));
    }

    [Fact]
    public async Task Each_daemon_takes_one_hop_off()
    {
        Assert.Equal(62, await TimeToLiveAsync(three.Hosts[0], three.Hosts[1]));
        Assert.Equal(62, await TimeToLiveAsync(three.Hosts[1], three.Hosts[0]));

        // Both hosts forward between their container and their device, which costs one hop each.
        Assert.Equal(60, await TimeToLiveAsync(three.Containers[0], three.Containers[1]));
    }

    [Fact]
    public async Task Containers_and_hosts_reach_each_other()
    {
        Endpoint[] mixed = [three.Hosts[0], three.Containers[1], three.Hosts[2]];

        Assert.Empty(await Ping.UnreachableAsync(mixed, Cancel));
    }

    [Fact]
    public async Task Tcp_moves_data_both_ways()
    {
        string log = Path.Combine(three.Cluster.Directory, "iperf3.log");

        IReadOnlyList<TcpResult> streams = await TcpStream.MeasureAsync(three.Containers[0], three.Containers[2], 1, log, Cancel);

        Assert.Equal(2, streams.Count);
        Assert.All(streams, stream => Assert.True(stream.Ok, stream.ToString()));
    }

    private static async Task<int> TimeToLiveAsync(Endpoint from, Endpoint to)
    {
        CommandResult said = await from.Namespace.ExecAsync(["ping", "-c", "1", "-W", "2", to.Address], Cancel);
        string answer = said.OrThrow().Output.Split("ttl=")[1];
        return int.Parse(answer.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}

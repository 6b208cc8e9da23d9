using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class OffloadTests
{
    private const string All =
        "gro on, gso on, kernelTunnel off: by the config, tcpCoalescing on, tso on, udpCoalescing on, uso on";

    // As many as the daemon chooses on the machine that the test runs on.
    private const int Usual = 0;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"Type":"udp","Offloads":{"kernelTunnel":false}}""", Usual, All)]
    [InlineData("""{"Type":"udp","Queues":2,"Offloads":{"kernelTunnel":false}}""", 2, All)]
    [InlineData("""{"Type":"udp","Queues":4,"Offloads":{"kernelTunnel":false}}""", 4, All)]
    [InlineData("""{"Type":"udp","Queues":1,"Offloads":{"gso":false,"uso":false,"kernelTunnel":false}}""", 1,
        "gro on, gso off: by the config, kernelTunnel off: by the config, tcpCoalescing on, tso on, udpCoalescing on, uso off: by the config")]
    public async Task What_the_config_says_is_in_force_and_carries_packets(string backend, int queues, string offloads)
    {
        await using LabCluster cluster = await LabCluster.StartAsync(
            Clusters.Default with { Hosts = 2, Config = $$"""{"Network":"10.5.0.0/16","Backend":{{backend}}}""" }, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.HostEnds, Limit, Cancel);
        DaemonStatus before = await StatusAsync(cluster.Hosts[0]);

        string log = Path.Combine(cluster.Directory, "iperf3.log");
        Assert.All(
            await TcpStream.MeasureAsync(cluster.HostEnds[0], cluster.HostEnds[1], 1, log, Cancel),
            stream => Assert.True(stream.Ok, stream.ToString()));

        DaemonStatus after = await StatusAsync(cluster.Hosts[0]);
        Assert.Equal(offloads, string.Join(", ", after.Offloads!.OrderBy(offload => offload.Key, StringComparer.Ordinal).Select(offload => $"{offload.Key} {offload.Value}")));
        int expected = queues == Usual ? Math.Clamp(Environment.ProcessorCount / 2, 1, 4) : queues;
        Assert.Equal((1472, expected, expected == 1 ? "one queue" : "on"), (after.Mtu, after.Queues, after.Steering));
        Assert.True(after.Outbound!.Bytes - before.Outbound!.Bytes > 1_000_000, "hardly anything was sent");
        Assert.True(after.Inbound!.Bytes - before.Inbound!.Bytes > 1_000_000, "hardly anything was received");
        Assert.Equal(before.LoopAllocatedBytes, after.LoopAllocatedBytes);
        Assert.Equal(before.Gc!.Collections, after.Gc!.Collections);
    }

    private static async Task<DaemonStatus> StatusAsync(LabHost host)
    {
        DaemonStatus? status = await DaemonStatus.ReadAsync(host.Namespace, host.Daemons[0].HealthPort, Cancel);
        Assert.NotNull(status);
        return status;
    }
}

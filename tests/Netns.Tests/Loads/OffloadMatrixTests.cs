using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Every way the router can be set, against itself and against a peer that carries one packet a call.</summary>
public class OffloadMatrixTests(MixedHosts hosts) : IClassFixture<MixedHosts>
{
    private const long OurBytes = 32_000_003;
    private const long PlainBytes = 8_000_003;
    private const int Datagrams = 1000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "")]
    [InlineData(LoadedHosts.RouterOnly, "kernelTunnel")]
    [InlineData(""","Offloads":false""", "tso uso gso gro tcpCoalescing udpCoalescing kernelTunnel")]
    [InlineData(""","Offloads":{"tso":false,"kernelTunnel":false}""", "tso kernelTunnel")]
    [InlineData(""","Offloads":{"uso":false,"kernelTunnel":false}""", "uso kernelTunnel")]
    [InlineData(""","Offloads":{"gso":false,"kernelTunnel":false}""", "gso kernelTunnel")]
    [InlineData(""","Offloads":{"gro":false,"kernelTunnel":false}""", "gro kernelTunnel")]
    [InlineData(""","Offloads":{"tcpCoalescing":false,"kernelTunnel":false}""", "tcpCoalescing kernelTunnel")]
    [InlineData(""","Offloads":{"udpCoalescing":false,"kernelTunnel":false}""", "udpCoalescing kernelTunnel")]
    public async Task Streams_and_datagrams_arrive_as_they_were_sent_with_these_offloads_off(string backend, string off)
    {
        await hosts.All.ConfigureAsync(backend, Cancel);
        foreach (LabHost host in hosts.All.Ours)
        {
            DaemonStatus? status = await host.Daemon.ReadStatusAsync(Cancel);
            Assert.Equal(
                off.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(),
                status!.Offloads!.Where(one => one.Value == "off: by the config").Select(one => one.Key).Order());
        }

        await CheckAsync(off.Length > 0 ? $"without {off}" : "with all", DatagramKinds.Whole, DatagramKinds.Whole | DatagramKinds.Fragments);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Streams_and_datagrams_arrive_as_they_were_sent_with_so_many_queues(int queues)
    {
        await hosts.All.ConfigureAsync(FormattableString.Invariant($""","Queues":{queues}{LoadedHosts.RouterOnly}"""), Cancel);
        foreach (LabHost host in hosts.All.Ours)
            Assert.Equal(queues, (await host.Daemon.ReadStatusAsync(Cancel))!.Queues);

        // In order from the first datagram on, though the answers come in by queues of their own, and fragments among them too.
        await CheckAsync(
            FormattableString.Invariant($"queues {queues}"), DatagramKinds.Whole | DatagramKinds.Fragments, DatagramKinds.Mixed, DatagramKinds.Bundles, DatagramKinds.Fragments);
    }

    private async Task CheckAsync(string way, params DatagramKinds[] flows)
    {
        LoadedHosts all = hosts.All;
        Soak.Judge(way, await HashedTransfer.RunBothAsync(all.First, all.Second, Soak.Bytes(OurBytes), Cancel));
        TransferResult[] mixed = await HashedTransfer.RunBothAsync(all.First, all.Plain, PlainBytes, Cancel);
        Assert.All(mixed, result => Assert.True(result.Ok, result.ToString()));

        await DatagramFlow.AssertAsync([(all.First, all.Second), (all.Second, all.First)], Datagrams, flows);
        await DatagramFlow.AssertAsync([(all.First, all.Plain), (all.Plain, all.First)], Datagrams, flows);
    }
}

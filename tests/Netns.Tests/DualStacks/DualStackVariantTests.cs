using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class DualStackVariantTests
{
    private const long Bytes = 16_000_003;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1500, ""","Offloads":false""")]
    [InlineData(1500, ""","Offloads":{"tso":false,"uso":false}""")]
    [InlineData(1500, ""","Offloads":{"gso":false,"gro":false}""")]
    [InlineData(1500, ""","Offloads":{"tcpCoalescing":false,"udpCoalescing":false}""")]
    [InlineData(1500, ""","Queues":2""")]
    [InlineData(9000, "")]
    public async Task Streams_and_datagrams_arrive_as_they_were_sent(int mtu, string backend)
    {
        await using LabCluster cluster = await DualStackHosts.StartAsync(Cancel, mtu, backend);
        (Endpoint first, Endpoint second) = (cluster.Ipv6Containers[0], cluster.Ipv6Containers[1]);
        Assert.Equal(mtu - 28, cluster.Hosts[0].Daemon.Env.Mtu);

        TransferResult[] results = await HashedTransfer.RunBothAsync(first, second, Bytes, Cancel);

        Assert.All(results, result => Assert.True(result.Ok, result.ToString()));
        await DatagramFlow.AssertAsync(
            [(first, second), (second, first)], 1000, DatagramKinds.Whole, DatagramKinds.Whole | DatagramKinds.Fragments);
        await Echo.AssertAsync(first, second, mtu - 28 - 48, "do", Cancel);
    }
}

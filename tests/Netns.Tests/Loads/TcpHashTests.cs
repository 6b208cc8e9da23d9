using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

[Collection(nameof(AllOffloads))]
public class TcpHashTests(AllOffloads hosts)
{
    private const long DefaultBytes = 256_000_003; // no multiple of any buffer, block or segment

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // This one and the next two also run alone, by perf/soak.sh, with as many bytes as one likes.
    [Fact]
    public async Task A_long_stream_arrives_as_it_was_sent()
    {
        Soak.Judge("", await HashedTransfer.RunAsync(hosts.First, hosts.Second, Soak.Bytes(DefaultBytes), Cancel));
    }

    [Fact]
    public async Task A_stream_in_the_other_direction_arrives_as_it_was_sent()
    {
        Soak.Judge("", await HashedTransfer.RunAsync(hosts.Second, hosts.First, Soak.Bytes(DefaultBytes), Cancel));
    }

    [Fact]
    public async Task Streams_in_both_directions_at_once_arrive_as_they_were_sent()
    {
        Soak.Judge("", await HashedTransfer.RunBothAsync(hosts.First, hosts.Second, Soak.Bytes(DefaultBytes), Cancel));
    }

    [Fact]
    public async Task Streams_between_the_hosts_themselves_arrive_as_they_were_sent()
    {
        Endpoint[] ends = [.. hosts.Cluster.Hosts.Select(host => host.OverlayEndpoint(host.Daemon))];

        TransferResult[] results = await HashedTransfer.RunBothAsync(ends[0], ends[1], DefaultBytes / 4, Cancel);

        Assert.All(results, result => Assert.True(result.Ok, result.ToString()));
    }

    [Fact]
    public async Task Many_streams_at_once_arrive_as_they_were_sent()
    {
        TransferResult[][] results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ =>
            HashedTransfer.RunBothAsync(hosts.First, hosts.Second, DefaultBytes / 32, Cancel)));

        Assert.All(results.SelectMany(pair => pair), result => Assert.True(result.Ok, result.ToString()));
    }
}

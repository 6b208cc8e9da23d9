using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

[Collection(nameof(AllOffloads))]
public class PingLoadTests(AllOffloads hosts)
{
    private const long BlockOfStreams = 32_000_003;

    private static readonly int[] Whole = [0, 1, 15, 16, 56, 512, 1000, 1443, 1444];
    private static readonly int[] Fragmented = [1445, 1452, 2000, 2896, 4000, 8972, 20000, 65000];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pings_of_every_size_pass_beside_tcp_streams()
    {
        using var pinged = new CancellationTokenSource();
        Task<TransferResult[]> streams = StreamUntilAsync(pinged.Token);
        try
        {
            foreach (int size in Whole)
            {
                await PingAsync(size, "do");
                await PingAsync(size, "dont");
            }

            foreach (int size in Fragmented)
                await PingAsync(size, "dont");
        }
        finally
        {
            await pinged.CancelAsync();
            Assert.All(await streams, result => Assert.True(result.Ok, result.ToString()));
        }
    }

    [Fact]
    public async Task What_must_not_be_fragmented_and_is_too_long_is_refused()
    {
        CommandResult said = await hosts.First.Namespace.ExecAsync(
            ["ping", "-c", "1", "-W", "1", "-M", "do", "-s", "1445", hosts.Second.Address], Cancel);

        Assert.False(said.Ok);
        Assert.Matches("mtu ?= ?1472", said.Output + said.Error);
    }

    private Task PingAsync(int size, string discovery) =>
        Echo.AssertAsync(hosts.First, hosts.Second, size, discovery, Cancel);

    private async Task<TransferResult[]> StreamUntilAsync(CancellationToken enough)
    {
        List<TransferResult> results = [];
        do
            results.AddRange(await HashedTransfer.RunBothAsync(hosts.First, hosts.Second, BlockOfStreams, Cancel));
        while (!enough.IsCancellationRequested);

        return [.. results];
    }
}

using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>The way to a peer takes less than the devices do, as behind a tunnel of the provider's.</summary>
public class PathMtuTests
{
    private const int Narrow = 1400;
    private const long Bytes = 64_000_003;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(LoadedHosts.RouterOnly)]
    [InlineData("")]
    public async Task A_path_that_becomes_narrow_is_told_to_senders_and_loses_nothing(string backend)
    {
        await using LoadedHosts hosts = await LoadedHosts.StartAsync(backend, withPlain: false, Cancel);
        (LabHost first, LabHost second) = (hosts.Cluster.Hosts[0], hosts.Cluster.Hosts[1]);
        var enough = new TaskCompletionSource();
        Task<TransferResult> stream = HashedTransfer.RunUntilAsync(hosts.First, hosts.Second, enough.Task, Cancel);
        long wide = await WaitForAsync(Bytes);

        await first.Namespace.IpAsync([$"route replace {second.Address}/32 dev eth0 mtu {Narrow}"], Cancel);

        _ = await WaitForAsync(wide + Bytes);
        enough.SetResult();
        TransferResult carried = await stream;
        Assert.True(carried.Ok, carried.ToString());
        TransferResult[] later = await HashedTransfer.RunBothAsync(hosts.First, hosts.Second, Bytes, Cancel);
        Assert.All(later, result => Assert.True(result.Ok, result.ToString()));

        CommandResult refused = await hosts.First.Namespace.ExecAsync(
            ["ping", "-c", "3", "-i", "0.1", "-W", "1", "-M", "do", "-s", "1444", hosts.Second.Address], Cancel);
        Assert.False(refused.Ok);
        Assert.Matches($"mtu ?= ?{Narrow - 28}", refused.Output + refused.Error);
        await Echo.AssertAsync(hosts.First, hosts.Second, 1444, "dont", Cancel);
        await DatagramFlow.AssertAsync(
            [(hosts.First, hosts.Second)], 2000, DatagramKinds.Mixed, DatagramKinds.Fragments);

        async Task<long> WaitForAsync(long bytes)
        {
            long carriedBytes = 0;
            _ = await Wait.UntilAsync(
                async () => (carriedBytes = await OutAsync()) >= bytes, TimeSpan.FromSeconds(30), $"{bytes} bytes of the stream", Cancel);
            return carriedBytes;
        }

        async Task<long> OutAsync() => await first.Daemon.ReadStatusAsync(Cancel) is { } status
            ? (status.Outbound?.Bytes ?? 0) + (status.KernelTunnel?.BytesOut ?? 0)
            : 0;
    }
}

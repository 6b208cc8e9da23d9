namespace FastFlannel.Netns.Tests;

public class UnderlayTests
{
    private const long Bytes = 64_000_003;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(LoadedHosts.RouterOnly)]
    [InlineData("")]
    public async Task Streams_datagrams_and_pings_pass_an_underlay_of_9000_bytes(string backend)
    {
        await using LoadedHosts hosts = await LoadedHosts.StartAsync(backend, withPlain: true, Cancel, mtu: 9000);
        Assert.Equal(8972, hosts.Ours.First().Daemon.Env.Mtu);

        TransferResult[] results = await HashedTransfer.RunBothAsync(hosts.First, hosts.Second, Bytes, Cancel);

        TransferResult[] mixed = await HashedTransfer.RunBothAsync(hosts.First, hosts.Plain, Bytes / 8, Cancel);

        Assert.All([.. results, .. mixed], result => Assert.True(result.Ok, result.ToString()));
        await DatagramFlow.AssertAsync(
            [(hosts.First, hosts.Second), (hosts.Second, hosts.First), (hosts.First, hosts.Plain), (hosts.Plain, hosts.First)], 2000, DatagramKinds.Whole, DatagramKinds.Fragments);
        await Echo.AssertAsync(hosts.First, hosts.Second, 8944, "do", Cancel);
        await Echo.AssertAsync(hosts.First, hosts.Plain, 8944, "do", Cancel);
    }
}

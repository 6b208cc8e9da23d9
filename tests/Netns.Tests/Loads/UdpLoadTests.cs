namespace FastFlannel.Netns.Tests;

[Collection(nameof(AllOffloads))]
public class UdpLoadTests(AllOffloads hosts)
{
    private const int Datagrams = 12000;

    [Fact]
    public async Task Datagrams_of_every_kind_arrive_once_in_order_and_as_they_were_sent()
    {
        // Alone, together and with fragments between them: even those keep their place.
        await DatagramFlow.AssertAsync(
            [(hosts.First, hosts.Second), (hosts.Second, hosts.First)],
            Datagrams,
            DatagramKinds.Mixed,
            DatagramKinds.Bundles,
            DatagramKinds.Whole | DatagramKinds.Fragments);
    }

    [Fact]
    public async Task Fragmented_datagrams_arrive_once_in_order_and_as_they_were_sent()
    {
        await DatagramFlow.AssertAsync(
            [(hosts.First, hosts.Second), (hosts.Second, hosts.First)],
            Datagrams / 8,
            DatagramKinds.Fragments,
            DatagramKinds.Fragments);
    }

    [Fact]
    public async Task Datagrams_without_a_checksum_arrive_once_in_order_and_as_they_were_sent()
    {
        await DatagramFlow.AssertAsync(
            [(hosts.First, hosts.Second), (hosts.Second, hosts.First)],
            Datagrams / 4,
            DatagramKinds.WithoutChecksum | DatagramKinds.Mixed,
            DatagramKinds.WithoutChecksum | DatagramKinds.Runs,
            DatagramKinds.WithoutChecksum | DatagramKinds.Runs | DatagramKinds.Fragments,
            DatagramKinds.Bundles);
    }

    [Fact]
    public async Task Datagrams_beside_tcp_streams_are_as_they_were_sent()
    {
        const long StreamBytes = 64_000_003;
        Task<TransferResult[]> streams = HashedTransfer.RunBothAsync(
            hosts.First, hosts.Second, StreamBytes, TestContext.Current.CancellationToken);

        await DatagramFlow.AssertAsync(
            [(hosts.First, hosts.Second), (hosts.Second, hosts.First)], Datagrams / 8, DatagramKinds.Whole);

        Assert.All(await streams, result => Assert.True(result.Ok, result.ToString()));
    }
}

using System.Net.Sockets;
using System.Security.Cryptography;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

[Collection(nameof(DualStackHosts))]
public class DualStackTrafficTests(DualStackHosts hosts)
{
    private const long Bytes = 64_000_003;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Endpoint First => hosts.Containers[0];

    private Endpoint Second => hosts.Containers[1];

    [Fact]
    public async Task Pings_of_every_size_pass_both_ways()
    {
        foreach (int size in (int[])[0, 1, 56, 1000, 1423, 1424])
        {
            await Echo.AssertAsync(First, Second, size, "do", Cancel);
            await Echo.AssertAsync(Second, First, size, "do", Cancel);
        }

        foreach (int size in (int[])[1425, 4000, 60000])
            await Echo.AssertAsync(First, Second, size, "dont", Cancel);
    }

    [Fact]
    public async Task Hosts_and_containers_reach_each_other() => Assert.Empty(
        await Ping.UnreachableAsync([hosts.Hosts[0], hosts.Hosts[1]], Cancel));

    [Fact]
    public async Task Streams_in_both_directions_at_once_arrive_as_they_were_sent_and_nothing_is_allocated()
    {
        DaemonStatus before = await StatusAsync();

        long bytes = Soak.Bytes(Bytes);
        Soak.Judge("IPv6", await HashedTransfer.RunBothAsync(First, Second, bytes, Cancel));

        DaemonStatus after = await StatusAsync();
        Assert.Equal(before.LoopAllocatedBytes, after.LoopAllocatedBytes);
        Assert.True(after.Inbound!.Bytes - before.Inbound!.Bytes > bytes, "the streams went another way");
    }

    [Fact]
    public async Task Streams_of_both_families_side_by_side_arrive_as_they_were_sent()
    {
        IReadOnlyList<Endpoint> ipv4 = hosts.Cluster.Containers;
        TransferResult[][] results = await Task.WhenAll(
            HashedTransfer.RunBothAsync(First, Second, Bytes / 2, Cancel),
            HashedTransfer.RunBothAsync(ipv4[0], ipv4[1], Bytes / 2, Cancel));

        Assert.All(results.SelectMany(pair => pair), result => Assert.True(result.Ok, result.ToString()));
    }

    [Fact]
    public async Task Datagrams_of_every_kind_arrive_once_in_order_and_as_they_were_sent() => await DatagramFlow.AssertAsync(
        [(First, Second), (Second, First)],
        6000,
        DatagramKinds.Mixed,
        DatagramKinds.Bundles,
        DatagramKinds.Whole | DatagramKinds.Fragments);

    [Fact]
    public async Task A_stream_whose_packets_carry_an_extension_header_arrives_as_it_was_sent()
    {
        // Between hosts: a kernel that forwards such a super-packet, as for a container, reads its TCP header in front of where it
        // is (the sequence number as the header's length), and refuses five of sixteen flows' as too big.
        byte[] sent = RandomNumberGenerator.GetBytes(4_000_003);
        using Socket listener = NamespaceSocket.ListenTcp(hosts.Hosts[1]);
        Task<Socket> accepting = listener.AcceptAsync(Cancel).AsTask();
        using Socket sender = await NamespaceSocket.ConnectTcpAsync(hosts.Hosts[0], listener, Cancel);
        using Socket receiver = await accepting;
        NamespaceSocket.AddExtensionHeader(sender);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        Task sending = SendAsync(sender, sent, limit.Token);
        byte[] received = new byte[sent.Length];
        await new NetworkStream(receiver).ReadExactlyAsync(received, limit.Token);
        await sending;

        Assert.True(sent.AsSpan().SequenceEqual(received));
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        for (int done = 0; done < bytes.Length;)
            done += await socket.SendAsync(bytes[done..], cancellation);
    }

    private async Task<DaemonStatus> StatusAsync()
    {
        DaemonStatus? status = await hosts.Cluster.Hosts[0].Daemon.ReadStatusAsync(Cancel);
        Assert.NotNull(status);
        return status;
    }
}

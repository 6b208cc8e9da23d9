using System.Buffers.Binary;
using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public sealed class SendBatchTests : IDisposable
{
    private readonly TestPeer[] _peers = [new(), new(), new(), new()];
    private readonly UdpSocket _socket = UdpSocket.Bind(TestPeer.AnyLoopbackPort);
    private readonly SegmentationRefusals _refusals = new();
    private readonly Counters _counters = new();

    public SendBatchTests() => _ = _socket.SetBuffers(TestPeer.Buffer);

    public void Dispose()
    {
        _socket.Dispose();
        foreach (TestPeer peer in _peers)
            peer.Dispose();
    }

    // One number is drawn for a burst of packets to one peer. Few lengths, so that runs come about, end, and are begun anew.
    private static readonly Gen<(int Peer, int Length, int Count)[]> Bursts = Gen.Select(
        Gen.Int[0, 3], Gen.OneOf(Gen.OneOf(20, 21, 1000, 1472, 9000, 65507), Gen.Int[4, 1500]), Gen.OneOf(1, 1, 2, 5, 70)).Array[0, 60];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Each_packet_arrives_once_and_in_its_peers_order(bool segments)
    {
        using var batch = new SendBatch(segments, _refusals, _counters);
        Bursts.Sample(
            bursts =>
            {
                List<byte[]>[] expected = [[], [], [], []];
                foreach ((int peer, int length, int count) in bursts)
                {
                    byte[][] packets = [.. Enumerable.Range(0, count).Select(i => Packet(length, i))];
                    expected[peer].AddRange(packets);
                    Put(batch, packets, peer);
                }

                Send(batch);
                for (int peer = 0; peer < _peers.Length; peer++)
                    PacketAssert.Equal(expected[peer], _peers[peer].ReceiveMany(expected[peer].Count));
            },
            iter: 60,
            threads: 1);

        // Loopback has no place for a datagram to be lost at or doubled.
        Assert.All(_peers, peer => Assert.Null(peer.Receive()));
    }

    [Fact]
    public void Packets_of_one_length_to_one_peer_are_one_message()
    {
        using var batch = new SendBatch(true, _refusals, _counters);
        Put(batch, Packets(1472, 44), 0);
        Assert.True(batch.IsHeadBundle);
        Assert.Equal(44 * 1472, batch.PendingBytes);
        Assert.Equal(new SysResult(1, 0), batch.TrySend(RawDescriptor.Of(_socket)));
        Assert.True(batch.IsEmpty);
        Assert.Equal(0, batch.PendingBytes);
        Assert.Equal((44L, 44L * 1472), (_counters.Snapshot().Packets, _counters.Snapshot().Bytes));
    }

    [Fact]
    public void Peers_that_take_turns_get_one_message_each()
    {
        using var batch = new SendBatch(true, _refusals, _counters);
        for (int i = 0; i < 40; i++)
            Put(batch, [Packet(500, i)], i % 4);

        Assert.Equal(new SysResult(4, 0), batch.TrySend(RawDescriptor.Of(_socket)));
        Assert.All(_peers, peer => Assert.Equal(10, peer.ReceiveMany(10).Count));
    }

    [Fact]
    public void A_shorter_packet_ends_its_message()
    {
        using var batch = new SendBatch(true, _refusals, _counters);
        Put(batch, [.. Packets(500, 3), Packet(499, 0), .. Packets(499, 2), Packet(20, 0), Packet(500, 0)], 0);

        // 500 500 500 499 | 499 499 20 | 500
        Assert.Equal(new SysResult(3, 0), batch.TrySend(RawDescriptor.Of(_socket)));
        Assert.Equal([500, 500, 500, 499, 499, 499, 20, 500], _peers[0].ReceiveMany(8).Select(packet => packet.Length));
    }

    [Fact]
    public void The_65th_packet_begins_a_message()
    {
        using var batch = new SendBatch(true, _refusals, _counters);
        Put(batch, Packets(100, 65), 0);
        Assert.Equal(new SysResult(2, 0), batch.TrySend(RawDescriptor.Of(_socket)));
        Assert.Equal(65, _peers[0].ReceiveMany(65).Count);
    }

    [Fact]
    public void No_message_is_longer_than_a_datagram_may_be()
    {
        using var batch = new SendBatch(true, _refusals, _counters);
        Put(batch, [.. Packets(30000, 2), Packet(5508, 0)], 0);
        Assert.Equal(new SysResult(2, 0), batch.TrySend(RawDescriptor.Of(_socket)));
        Put(batch, [.. Packets(30000, 2), Packet(5507, 0)], 0);
        Assert.Equal(new SysResult(1, 0), batch.TrySend(RawDescriptor.Of(_socket)));
    }

    [Fact]
    public void With_64_runs_a_batch_is_full_but_still_takes_what_fits_into_them()
    {
        using var batch = new SendBatch(true, _refusals, _counters);
        for (int i = 0; i < 64; i++)
            Put(batch, [Packet(100 + i, 0)], 0);

        Assert.Equal(0, batch.Reserve(200, 1, _peers[0].Endpoint, out _));
        Assert.Equal(0, batch.Reserve(100, 1, _peers[1].Endpoint, out _));
        Assert.Equal(1, batch.Reserve(20, 5, _peers[0].Endpoint, out Span<byte> room));
        Assert.Equal(20, room.Length);
        Assert.Equal(new SysResult(64, 0), batch.TrySend(RawDescriptor.Of(_socket)));
        Assert.Equal(1, batch.Reserve(100, 1, _peers[1].Endpoint, out _));
    }

    [Fact]
    public void Without_bundles_each_packet_is_a_message_and_a_call_takes_128()
    {
        using var batch = new SendBatch(false, _refusals, _counters);
        byte[][] packets = Packets(100, 150);
        Put(batch, packets, 0);
        Assert.False(batch.IsHeadBundle);
        Assert.Equal(new SysResult(128, 0), batch.TrySend(RawDescriptor.Of(_socket)));
        Assert.Equal(22 * 100, batch.PendingBytes);
        Assert.Equal(packets[128], batch.HeadPacket.ToArray());
        Assert.Equal(new SysResult(22, 0), batch.TrySend(RawDescriptor.Of(_socket)));
        PacketAssert.Equal(packets, _peers[0].ReceiveMany(150));
    }

    [Fact]
    public void A_peer_that_takes_no_bundles_gets_single_datagrams_and_the_others_get_bundles()
    {
        using var batch = new SendBatch(true, _refusals, _counters);
        _refusals.Add(_peers[1].Endpoint);
        for (int peer = 0; peer < 3; peer++)
            Put(batch, Packets(100, 10), peer);

        Assert.Equal(new SysResult(1 + 10 + 1, 0), batch.TrySend(RawDescriptor.Of(_socket)));
    }

    [Fact]
    public void What_is_separated_or_taken_out_at_the_head_is_the_heads_only()
    {
        using var batch = new SendBatch(true, _refusals, _counters);
        byte[][] packets = Packets(100, 5);
        Put(batch, packets, 0);
        Put(batch, packets, 1);
        batch.RemoveHeadPacket(forwarded: false);
        Assert.Equal(packets[1], batch.HeadPacket.ToArray());
        batch.SeparateHead();
        Assert.False(batch.IsHeadBundle);
        Assert.Equal(new SysResult(4 + 1, 0), batch.TrySend(RawDescriptor.Of(_socket)));
        PacketAssert.Equal(packets[1..], _peers[0].ReceiveMany(4));
        PacketAssert.Equal(packets, _peers[1].ReceiveMany(5));
        Assert.Equal(9, _counters.Snapshot().Packets);
    }

    private static byte[][] Packets(int length, int count) => [.. Enumerable.Range(0, count).Select(i => Packet(length, i))];

    private static byte[] Packet(int length, int number)
    {
        byte[] packet = TransportPacket.Pattern(length, number);
        BinaryPrimitives.WriteInt32BigEndian(packet, number);
        return packet;
    }

    /// <summary>Puts packets of one peer in, as many of one length at a time as there are, sending what is full.</summary>
    private void Put(SendBatch batch, byte[][] packets, int peer)
    {
        for (int i = 0; i < packets.Length;)
        {
            int length = packets[i].Length;
            int alike = packets.Skip(i).TakeWhile(packet => packet.Length == length).Count();
            int fitting = batch.Reserve(length, alike, _peers[peer].Endpoint, out Span<byte> room);
            for (int k = 0; k < fitting; k++)
                packets[i + k].CopyTo(room[(k * length)..]);

            if (fitting == 0)
                Send(batch);
            else
                batch.Commit(length, fitting);

            i += fitting;
        }
    }

    private void Send(SendBatch batch)
    {
        while (!batch.IsEmpty)
            Assert.True(batch.TrySend(RawDescriptor.Of(_socket)).Ok);
    }
}

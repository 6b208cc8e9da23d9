using System.Buffers.Binary;

namespace FastFlannel.Router.Tests;

public sealed class CoalescerTests : IDisposable
{
    private static readonly TransportPacket TcpPacket = new() { TcpOptions = [1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8] };
    private static readonly TransportPacket UdpPacket = new() { Protocol = TransportPacket.Udp };

    private readonly CoalescerRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(TransportPacket.Tcp)]
    [InlineData(TransportPacket.Udp)]
    public void A_plain_train_of_44_segments_is_one_write(byte protocol)
    {
        byte[][] train = Train(44, 1420, protocol);
        WrittenPacket written = Assert.Single(_rig.Run(train));
        Assert.Equal(1420, written.Header.SegmentSize);
        PacketAssert.Equal(train, [.. written.Segments().Select(segment => segment.Counted)]);
        Assert.Equal((44, train.Sum(packet => packet.Length)), (_rig.Counters.Snapshot().Packets, _rig.Counters.Snapshot().Bytes));
    }

    [Theory]
    [InlineData(TransportPacket.Tcp)]
    [InlineData(TransportPacket.Udp)]
    public void Trains_that_take_turns_are_one_write_each(byte protocol)
    {
        byte[][][] trains = [.. Enumerable.Range(0, 8).Select(i => Train(10, 1000, protocol, (ushort)(1000 + i)))];
        List<WrittenPacket> written = _rig.Run(Enumerable.Range(0, 80).Select(i => trains[i % 8][i / 8]));
        Assert.Equal(8, written.Count);
        for (int i = 0; i < 8; i++)
            PacketAssert.Equal(trains[i], [.. written[i].Segments().Select(segment => segment.Counted)]);
    }

    [Fact]
    public void With_a_ninth_flow_the_oldest_has_to_go()
    {
        byte[][][] trains = [.. Enumerable.Range(0, 9).Select(i => Train(2, 1000, TransportPacket.Tcp, (ushort)(1000 + i)))];
        List<WrittenPacket> written = _rig.Run(
            trains[0][0], trains[1][0], trains[2][0], trains[3][0], trains[4][0], trains[5][0], trains[6][0], trains[7][0],
            trains[8][0], trains[1][1]);
        Assert.Equal([false, true, false, false, false, false, false, false, false], written.Select(w => w.IsSuper));
        Assert.Equal(trains[0][0], written[0].Packet);
    }

    [Theory]
    [InlineData(TransportPacket.Tcp, 65, 10, new[] { 64, 1 })]
    [InlineData(TransportPacket.Udp, 130, 10, new[] { 64, 64, 2 })]
    [InlineData(TransportPacket.Tcp, 46, 1448, new[] { 45, 1 })]
    [InlineData(TransportPacket.Udp, 3, 32750, new[] { 2, 1 })]
    [InlineData(TransportPacket.Udp, 3, 32760, new[] { 1, 1, 1 })]
    public void A_super_packet_has_up_to_64_segments_and_65535_bytes(byte protocol, int count, int payload, int[] expected) =>
        Assert.Equal(expected, _rig.Run(Train(count, payload, protocol)).Select(written => written.Segments().Count()));

    [Fact]
    public void A_shorter_packet_is_the_last()
    {
        TransportPacket shorter = Next(TcpPacket) with { Payload = TransportPacket.Pattern(999) };
        List<WrittenPacket> written = _rig.Run(TcpPacket.Build(), shorter.Build(), Next(shorter).Build());
        Assert.Equal([2, 1], written.Select(w => w.Segments().Count()));
    }

    [Fact]
    public void A_push_is_the_last_and_is_passed_on()
    {
        TransportPacket push = Next(TcpPacket) with { Flags = TransportPacket.Ack | TransportPacket.Psh };
        List<WrittenPacket> written = _rig.Run(TcpPacket.Build(), push.Build(), Next(push).Build());
        Assert.Equal([2, 1], written.Select(w => w.Segments().Count()));
        Assert.Equal(0x18, written[0].Packet[33]);
    }

    [Fact]
    public void Nothing_waits_for_the_next_batch()
    {
        Assert.False(Assert.Single(_rig.Run(TcpPacket.Build())).IsSuper);
        Assert.False(Assert.Single(_rig.Run(Next(TcpPacket).Build())).IsSuper);
    }

    [Fact]
    public void Ids_that_never_mattered_may_all_be_the_same()
    {
        byte[][] train = [.. Enumerable.Range(0, 5).Select(i => (UdpPacket with { Id = 0 }).Build())];
        WrittenPacket written = Assert.Single(_rig.Run(train));
        PacketAssert.Equal(train, [.. written.Segments().Select(segment => segment.Fixed)]);
    }

    [Fact]
    public void Ids_that_are_the_same_matter_where_a_packet_may_be_fragmented() =>
        Assert.Equal(2, _rig.Run(Enumerable.Repeat((UdpPacket with { FlagsAndOffset = 0 }).Build(), 2)).Count);

    [Fact]
    public void Ids_do_not_begin_to_count_in_the_middle_nor_cease_to()
    {
        TransportPacket second = UdpPacket with { Id = 1001 };
        Assert.Equal([2, 1], _rig.Run(UdpPacket.Build(), UdpPacket.Build(), second.Build()).Select(w => w.Segments().Count()));
        Assert.Equal([2, 1], _rig.Run(UdpPacket.Build(), second.Build(), second.Build()).Select(w => w.Segments().Count()));
    }

    [Fact]
    public void A_fragment_passes_nothing_and_is_passed_by_nothing()
    {
        byte[] fragment = (UdpPacket with { FlagsAndOffset = 0x2000 }).Build();
        byte[][] train = Train(4, 100, TransportPacket.Tcp);
        List<WrittenPacket> written = _rig.Run(train[0], train[1], fragment, train[2], train[3]);
        Assert.Equal([true, false, true], written.Select(w => w.IsSuper));
        Assert.Equal(fragment, written[1].Packet);
    }

    [Fact]
    public void A_wrong_checksum_is_never_hidden_wherever_it_stands()
    {
        // The kernel computes a super-packet's checksums anew, so that a broken packet in it would come out whole.
        for (int broken = 0; broken < 5; broken++)
        {
            byte[][] train = Train(5, 1000, TransportPacket.Tcp);
            train[broken][500] ^= 1;
            List<WrittenPacket> written = _rig.Run(train);
            Assert.Contains(written, w => !w.IsSuper && w.Packet.AsSpan().SequenceEqual(train[broken]));
            Assert.Equal(5, written.Sum(w => w.Segments().Count()));
        }
    }

    [Fact]
    public void Either_protocol_can_be_left_alone()
    {
        using var noTcp = new CoalescerRig(Offloads.All with { TcpCoalescing = false });
        Assert.Equal(5, noTcp.Run(Train(5, 100, TransportPacket.Tcp)).Count);
        Assert.Single(noTcp.Run(Train(5, 100, TransportPacket.Udp)));

        using var noUdp = new CoalescerRig(Offloads.All with { UdpCoalescing = false });
        Assert.Single(noUdp.Run(Train(5, 100, TransportPacket.Tcp)));
        Assert.Equal(5, noUdp.Run(Train(5, 100, TransportPacket.Udp)).Count);
    }

    internal static byte[][] Train(int count, int payload, byte protocol, ushort port = 1000, bool isIpv6 = false)
    {
        TransportPacket packet = (protocol == TransportPacket.Tcp ? TcpPacket : UdpPacket) with
        {
            IsIpv6 = isIpv6,
            SourcePort = port,
            Payload = TransportPacket.Pattern(payload),
        };
        return [.. Enumerable.Range(0, count).Select(i => (packet with
        {
            Sequence = (uint)(i * payload),
            Id = (ushort)(65530 + i),
            Payload = TransportPacket.Pattern(payload, i),
        }).Build())];
    }

    /// <summary>The same packet without the end of its payload.</summary>
    internal static byte[] Shorten(byte[] packet, int by)
    {
        byte[] shorter = packet[..^by];
        BinaryPrimitives.WriteUInt16BigEndian(shorter.AsSpan(2), (ushort)shorter.Length);
        if (packet[9] == TransportPacket.Udp)
            BinaryPrimitives.WriteUInt16BigEndian(shorter.AsSpan(24), (ushort)(shorter.Length - 20));

        TestPacket.FixChecksum(shorter);
        TransportPacket.FixTransportChecksum(shorter);
        return shorter;
    }

    private static TransportPacket Next(TransportPacket packet) => packet with
    {
        Sequence = packet.Sequence + (uint)packet.Payload.Length,
        Id = (ushort)(packet.Id + 1),
    };
}

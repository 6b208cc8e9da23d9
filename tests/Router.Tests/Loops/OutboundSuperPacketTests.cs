using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>Super-packets from the kernel to the peers, end to end.</summary>
public sealed class OutboundSuperPacketTests : IDisposable
{
    // What the kernel makes at the overlay's usual MTU: TCP with its time stamps, 44 segments of 1472 bytes.
    private static readonly TransportPacket Super = new()
    {
        TcpOptions = [1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8],
        Flags = TransportPacket.Ack | TransportPacket.Psh,
        Sequence = uint.MaxValue - 5000,
        Id = ushort.MaxValue - 3,
        Payload = TransportPacket.Pattern(44 * 1420),
    };

    private readonly LoopRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(TransportPacket.Tcp, 62532, true)]
    [InlineData(TransportPacket.Tcp, 62532, false)]
    [InlineData(TransportPacket.Tcp, 40001, true)]
    [InlineData(TransportPacket.Udp, 62532, true)]
    [InlineData(TransportPacket.Udp, 62532, false)]
    [InlineData(TransportPacket.Udp, 1473, true)]
    public void Its_segments_arrive(byte protocol, int length, bool gso)
    {
        using var rig = new LoopRig(Offloads.All with { Gso = gso });
        TransportPacket super = protocol == TransportPacket.Tcp ? Super : new TransportPacket { Protocol = protocol };
        int headers = super.HeaderLength;
        super = super with { Payload = TransportPacket.Pattern(length - headers) };
        rig.SendAsKernel(super, LoopRig.Mtu - headers);
        Assert.Equal(LoopResult.Idle, rig.TurnOutbound());

        byte[][] expected = Arriving(super, LoopRig.Mtu - headers);
        PacketAssert.Equal(expected, rig.Peer.ReceiveMany(expected.Length));
        Assert.Null(rig.ReceiveAsPeer());
        Assert.Null(rig.ReceiveFramed());
        CounterSnapshot counters = rig.Out.Snapshot();
        Assert.Equal((expected.Length, expected.Sum(packet => packet.Length), 0), (counters.Packets, counters.Bytes, counters.Dropped));
        Assert.Empty(rig.StepDowns);
    }

    [Fact]
    public void Its_segments_leave_in_one_bundle()
    {
        using var rig = new LoopRig(peerReceivesBundles: true);
        rig.SendAsKernel(Super, 1420);
        _ = rig.TurnOutbound();
        (byte[] datagrams, int segmentSize) = rig.Peer.ReceiveBundle() ?? default;
        Assert.Equal(LoopRig.Mtu, segmentSize);
        Assert.Equal(Arriving(Super, 1420).SelectMany(packet => packet), datagrams);
        Assert.Null(rig.Peer.ReceiveBundle());
    }

    [Fact]
    public void Without_offloads_the_same_packets_leave_one_by_one()
    {
        using var rig = new LoopRig(Offloads.None, peerReceivesBundles: true);
        byte[][] packets = [.. NaiveSegmenter.Cut(Super.Build(), 1420)];
        foreach (byte[] packet in packets)
            rig.SendAsKernel(packet);

        Assert.Equal(LoopResult.Idle, rig.TurnOutbound());

        // Loopback puts nothing together that was sent apart.
        foreach (byte[] expected in Arriving(Super, 1420))
        {
            (byte[] datagram, int segmentSize) = rig.Peer.ReceiveBundle() ?? default;
            Assert.Equal(0, segmentSize);
            Assert.Equal(expected, datagram);
        }
    }

    [Fact]
    public void More_segments_than_a_send_takes_leave_in_several()
    {
        TransportPacket super = Super with { Payload = TransportPacket.Pattern(65000) };
        _rig.SendAsKernel(super, 100);
        while (_rig.TurnOutbound() != LoopResult.Idle)
        {
        }

        PacketAssert.Equal(Arriving(super, 100), _rig.Peer.ReceiveMany(650));
        Assert.Equal(650, _rig.Out.Snapshot().Packets);
    }

    [Fact]
    public void More_than_a_batch_takes_is_sent_in_between()
    {
        // 64 runs of 64 segments are a full batch; what is behind it has to wait for their leaving.
        TransportPacket super = Super with { Payload = TransportPacket.Pattern(65000) };
        _rig.SendAsKernel(super, 10);
        Assert.Equal(LoopResult.Busy, _rig.TurnOutbound());
        PacketAssert.Equal(Arriving(super, 10), _rig.Peer.ReceiveMany(6500));
    }

    [Fact]
    public void Single_packets_and_super_packets_of_a_peer_stay_in_their_order()
    {
        TransportPacket ack = new() { Payload = [] };
        TransportPacket datagrams = new() { Protocol = TransportPacket.Udp, Payload = TransportPacket.Pattern(3500) };
        _rig.SendAsKernel(ack, 1000);
        _rig.SendAsKernel(datagrams, 1000);
        _rig.SendAsKernel(TestPacket.Make(1028));
        _rig.SendAsKernel(Super with { Payload = TransportPacket.Pattern(2000) }, 1000);
        _rig.SendAsKernel(ack, 1000);
        Assert.Equal(LoopResult.Idle, _rig.TurnOutbound());

        byte[][] expected =
        [
            .. Arriving(ack, 1000), .. Arriving(datagrams, 1000), TestPacket.Make(1028, ttl: 63),
            .. Arriving(Super with { Payload = TransportPacket.Pattern(2000) }, 1000), .. Arriving(ack, 1000),
        ];
        PacketAssert.Equal(expected, _rig.Peer.ReceiveMany(expected.Length));
    }

    [Fact]
    public void A_packet_without_a_checksum_gets_one()
    {
        TransportPacket packet = new() { Protocol = TransportPacket.Udp, Payload = TransportPacket.Pattern(999) };
        _rig.SendAsKernel(packet.BuildPartial(), packet.Header(0) with { RawType = 0 });
        _ = _rig.TurnOutbound();
        Assert.Equal((packet with { TimeToLive = 63 }).Build(), _rig.ReceiveAsPeer());
    }

    [Fact]
    public void Segments_over_the_mtu_are_answered_with_the_mtu()
    {
        _rig.SendAsKernel(Super, 1421);
        _ = _rig.TurnOutbound();
        byte[]? reply = _rig.ReceiveAsKernel();
        Assert.Equal([3, 4], reply?[20..22]);
        Assert.Equal([1472 >> 8, 1472 & 0xFF], reply?[26..28]);
        Assert.Null(_rig.ReceiveAsPeer());
        Assert.Equal(44, _rig.Out.Snapshot().Drops[DropReason.TooLong]);
    }

    [Fact]
    public void One_that_nobody_takes_is_answered_once_and_counted_as_its_segments()
    {
        byte[] elsewhere = (Super with { Destination = "10.5.3.3" }).Build();
        _rig.SendAsKernel(elsewhere, Super.Header(1420));
        _rig.SendAsKernel(Super with { TimeToLive = 1 }, 1420);
        _ = _rig.TurnOutbound();
        Assert.Equal([3, 0], _rig.ReceiveAsKernel()?[20..22]);
        Assert.Equal([11, 0], _rig.ReceiveAsKernel()?[20..22]);
        Assert.Null(_rig.ReceiveAsKernel());
        IReadOnlyDictionary<DropReason, long> drops = _rig.Out.Snapshot().Drops;
        Assert.Equal((44, 44), (drops[DropReason.NoRoute], drops[DropReason.TimeExceeded]));
    }

    [Fact]
    public void One_that_contradicts_itself_is_dropped_and_the_next_packet_passes()
    {
        _rig.SendAsKernel(Super.Build(), Super.Header(0));
        _rig.SendAsKernel(Super.Build(), Super.Header(1420) with { RawType = (byte)SegmentationType.Udp });
        _rig.SendAsKernel(TestPacket.Make(), new VirtioHeader(VirtioHeader.NeedsChecksum, 0, 0, 0, 80, 80));
        _rig.SendAsKernel(TestPacket.Make());
        _ = _rig.TurnOutbound();
        Assert.NotNull(_rig.ReceiveAsPeer());
        Assert.Equal((1, 3), (_rig.Out.Snapshot().Packets, _rig.Out.Snapshot().Drops[DropReason.Malformed]));
    }

    private static byte[][] Arriving(TransportPacket packet, int segmentSize) =>
        [.. NaiveSegmenter.Cut((packet with { TimeToLive = 63 }).Build(), segmentSize)];
}

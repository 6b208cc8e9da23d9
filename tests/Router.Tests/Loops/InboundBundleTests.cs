using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>Bundles from the peers to the kernel, end to end: sent with UDP_SEGMENT, and received with UDP_GRO or without.</summary>
public sealed class InboundBundleTests : IDisposable
{
    private readonly LoopRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(TransportPacket.Tcp, true)]
    [InlineData(TransportPacket.Tcp, false)]
    [InlineData(TransportPacket.Udp, true)]
    [InlineData(TransportPacket.Udp, false)]
    public void A_flow_reaches_the_kernel_as_one_super_packet(byte protocol, bool gro)
    {
        using var rig = new LoopRig(Offloads.All with { Gro = gro });
        byte[][] sent = Train(43, 1420, protocol, last: 700);
        rig.SendBundleAsPeer(Join(sent), sent[0].Length);
        Assert.Equal(LoopResult.Idle, rig.TurnInbound());

        (VirtioHeader header, byte[] packet) = rig.ReceiveFramed() ?? default;
        Assert.Equal(1420, header.SegmentSize);
        PacketAssert.Equal(Arriving(sent), NaiveSegmenter.Cut(packet, header.SegmentSize));
        Assert.Null(rig.ReceiveFramed());
        CounterSnapshot counters = rig.In.Snapshot();
        Assert.Equal((44, sent.Sum(p => p.Length), 0), (counters.Packets, counters.Bytes, counters.Dropped));
    }

    [Theory]
    [InlineData(true, 128)]
    [InlineData(false, 64)]
    public void A_turn_takes_64_messages_each_of_which_may_be_a_bundle(bool gro, int packets)
    {
        // Of the offload itself nothing else shows.
        using var rig = new LoopRig(Offloads.All with { Gro = gro });
        byte[][] pair = Train(2, 100, TransportPacket.Udp);
        for (int i = 0; i < 65; i++)
            rig.SendBundleAsPeer(Join(pair), pair[0].Length);

        Assert.Equal(LoopResult.Busy, rig.TurnInbound());
        Assert.Equal(packets, rig.In.Snapshot().Packets);
        while (rig.TurnInbound() != LoopResult.Idle)
        {
        }

        Assert.Equal(130, rig.In.Snapshot().Packets);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_coalescing_each_packet_is_written_as_it_came(bool gro)
    {
        using var rig = new LoopRig(Offloads.None with { Gro = gro });
        byte[][] sent = Train(20, 1000, TransportPacket.Tcp, last: 1);
        rig.SendBundleAsPeer(Join(sent), sent[0].Length);
        _ = rig.TurnInbound();
        foreach (byte[] expected in Arriving(sent))
            Assert.Equal(expected, rig.ReceiveAsKernel());

        Assert.Null(rig.ReceiveAsKernel());
    }

    [Fact]
    public void Several_flows_in_one_bundle_become_a_super_packet_each()
    {
        byte[][] first = Train(10, 1000, TransportPacket.Tcp, port: 1);
        byte[][] second = Train(10, 1000, TransportPacket.Tcp, port: 2);
        byte[][] mixed = [.. first.Zip(second, (a, b) => (byte[][])[a, b]).SelectMany(both => both)];
        _rig.SendBundleAsPeer(Join(mixed), mixed[0].Length);
        _ = _rig.TurnInbound();
        PacketAssert.Equal(Arriving([.. first, .. second]), _rig.ReceiveAllAsKernel());
    }

    [Fact]
    public void A_flow_goes_on_from_one_bundle_of_a_turn_to_the_next()
    {
        byte[][] sent = Train(40, 1000, TransportPacket.Udp);
        _rig.SendBundleAsPeer(Join(sent[..20]), sent[0].Length);
        _rig.SendBundleAsPeer(Join(sent[20..]), sent[0].Length);
        _ = _rig.TurnInbound();
        (VirtioHeader header, byte[] packet) = _rig.ReceiveFramed() ?? default;
        PacketAssert.Equal(Arriving(sent), NaiveSegmenter.Cut(packet, header.SegmentSize));
    }

    [Fact]
    public void A_bad_packet_in_a_bundle_is_dropped_alone()
    {
        byte[][] sent = Train(9, 1000, TransportPacket.Udp);
        sent[2][0] = 0x60;
        sent[4][11] ^= 1;
        sent[6] = Own(sent[6]);
        sent[8] = sent[8][..500];
        _rig.SendBundleAsPeer(Join(sent), sent[0].Length);
        _ = _rig.TurnInbound();

        PacketAssert.Equal(Arriving([sent[0], sent[1], sent[3], sent[5], sent[7]]), _rig.ReceiveAllAsKernel());
        IReadOnlyDictionary<DropReason, long> drops = _rig.In.Snapshot().Drops;
        Assert.Equal(
            [1, 1, 1, 1],
            new[] { DropReason.NotIpv4, DropReason.BadChecksum, DropReason.OwnSource, DropReason.Truncated }.Select(r => drops[r]));
    }

    [Fact]
    public void Rubbish_is_counted_and_never_throws()
    {
        long sent = 0;
        Gen.Select(Gen.Byte.Array[1, 5000], Gen.Int[1, 1500]).Sample(
            (bytes, size) =>
            {
                // As many as a bundle takes; some begin like a packet.
                byte[] bundle = bytes[..Math.Min(bytes.Length, size * 64)];
                for (int i = 0; i < bundle.Length; i += 2 * size)
                    bundle[i] = 0x45;

                sent += (bundle.Length + size - 1) / size;
                _rig.SendBundleAsPeer(bundle, size);
                _ = _rig.TurnInbound();
            },
            iter: 500,
            threads: 1);
        _ = _rig.TurnInbound();
        Assert.Equal(sent, _rig.In.Snapshot().Packets + _rig.In.Snapshot().Dropped);
    }

    [Fact]
    public void What_one_router_sends_another_receives_unchanged()
    {
        // A super-packet all the way: cut up, sent as a bundle, received as one and put together again.
        TransportPacket super = new() { Payload = TransportPacket.Pattern(44 * 1420) };
        using var there = new LoopRig();
        _rig.Routes.Table = new RouteTable([new Route(Ipv4Prefix.Parse("10.5.2.0/24"), there.Socket.LocalEndpoint)]);
        _rig.SendAsKernel(super, 1420);
        _ = _rig.TurnOutbound();
        _ = there.TurnInbound();

        (VirtioHeader header, byte[] packet) = there.ReceiveFramed() ?? default;
        Assert.Equal(super.Header(1420), header);
        Assert.Equal((super with { TimeToLive = 62 }).BuildPartial(), packet);
    }

    private static byte[][] Train(int count, int payload, byte protocol, ushort port = 1000, int? last = null)
    {
        byte[][] train = CoalescerTests.Train(count + (last is null ? 0 : 1), payload, protocol, port);
        if (last is not null)
            train[^1] = CoalescerTests.Shorten(train[^1], payload - last.Value);

        return train;
    }

    private static byte[] Join(byte[][] packets) => [.. packets.SelectMany(packet => packet)];

    private static byte[] Own(byte[] packet)
    {
        LoopRig.TunAddress.ToIPAddress().GetAddressBytes().CopyTo(packet, 12);
        TestPacket.FixChecksum(packet);
        return packet;
    }

    private static byte[][] Arriving(byte[][] packets) => [.. packets.Select(packet =>
    {
        byte[] hopped = [.. packet];
        hopped[8]--;
        TestPacket.FixChecksum(hopped);
        return hopped;
    })];
}

using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public sealed class Ipv6InboundTests : IDisposable
{
    private readonly LoopRig _rig = new(carriesIpv6: true);

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_packet_reaches_the_kernel_with_one_hop_taken_off()
    {
        _rig.SendAsPeer(FromPeer());
        Assert.Equal(LoopResult.Idle, _rig.TurnInbound());
        Assert.Equal(FromPeer(hopLimit: 63), _rig.ReceiveAsKernel());
        Assert.Equal((1, 104), (_rig.In.Snapshot().Packets, _rig.In.Snapshot().Bytes));
    }

    [Fact]
    public void In_a_network_of_IPv4_alone_none_reaches_the_kernel()
    {
        using var rig = new LoopRig();
        rig.SendAsPeer(FromPeer());
        _ = rig.TurnInbound();
        Assert.Null(rig.ReceiveAsKernel());
        Assert.Equal(1, rig.In.Snapshot().Drops[DropReason.NotIpv4]);
    }

    [Theory]
    [InlineData(TransportPacket.Tcp)]
    [InlineData(TransportPacket.Udp)]
    public void A_bundle_reaches_the_kernel_as_one_super_packet(byte protocol)
    {
        byte[][] sent = CoalescerTests.Train(44, 1400, protocol, isIpv6: true);
        _rig.SendBundleAsPeer([.. sent.SelectMany(packet => packet)], sent[0].Length);
        _ = _rig.TurnInbound();

        (VirtioHeader header, byte[] packet) = _rig.ReceiveFramed() ?? default;
        Assert.Equal(1400, header.SegmentSize);
        PacketAssert.Equal([.. sent.Select(TestPacket.TakeHop)], NaiveSegmenter.Cut(packet, header.SegmentSize));
        Assert.Null(_rig.ReceiveFramed());
    }

    [Fact]
    public void What_one_router_sends_another_receives_unchanged()
    {
        TransportPacket super = new() { IsIpv6 = true, Payload = TransportPacket.Pattern(44 * 1400) };
        using var there = new LoopRig(carriesIpv6: true);
        _rig.Routes.Table = new RouteTable([], [new Ipv6PeerRoute(Ipv6Prefix.Parse("fd05:0:0:2::/64"), there.Socket.LocalEndpoint)]);
        _rig.SendAsKernel(super, 1400);
        _ = _rig.TurnOutbound();
        _ = there.TurnInbound();

        (VirtioHeader header, byte[] packet) = there.ReceiveFramed() ?? default;
        Assert.Equal(super.Header(1400), header);
        Assert.Equal((super with { TimeToLive = 62 }).BuildPartial(), packet);
    }

    [Fact]
    public void Without_a_hop_left_the_source_is_told_through_the_overlay()
    {
        _rig.SendAsPeer(FromPeer(hopLimit: 1));
        _ = _rig.TurnInbound();
        byte[]? reply = _rig.ReceiveAsPeer();
        Assert.Equal([3, 0], reply?[40..42]);
        Assert.Equal(LoopRig.TunIpv6Address.ToIPAddress().GetAddressBytes(), reply?[8..24]);
        AssertDropped(DropReason.TimeExceeded);
    }

    [Fact]
    public void A_packet_over_the_mtu_is_dropped_and_its_source_told()
    {
        _rig.SendAsPeer(FromPeer(length: LoopRig.Mtu + 1));
        _ = _rig.TurnInbound();
        Assert.Equal([2, 0], _rig.ReceiveAsPeer()?[40..42]);
        AssertDropped(DropReason.TooLong);
    }

    [Fact]
    public void A_source_behind_no_peer_is_not_told()
    {
        _rig.SendAsPeer(TestPacket.MakeIpv6(source: "2001:db8::1", destination: TestPacket.Ipv6Local, hopLimit: 1));
        _ = _rig.TurnInbound();
        Assert.Null(_rig.ReceiveAsPeer());
        AssertDropped(DropReason.TimeExceeded);
    }

    [Fact]
    public void Nobody_outside_may_speak_for_this_host()
    {
        _rig.SendAsPeer(TestPacket.MakeIpv6(source: LoopRig.TunIpv6Address.ToString(), destination: TestPacket.Ipv6Local));
        _ = _rig.TurnInbound();
        Assert.Null(_rig.ReceiveAsKernel());
        AssertDropped(DropReason.OwnSource);
    }

    [Theory]
    [InlineData("fe80::1", "ff02::1")] // a router's advertisement
    [InlineData("fe80::1", TestPacket.Ipv6Local)]
    [InlineData(TestPacket.Ipv6Remote, "ff02::1")]
    [InlineData("::1", TestPacket.Ipv6Local)]
    public void Nobody_outside_may_speak_as_if_on_the_link(string source, string destination)
    {
        _rig.SendAsPeer(TestPacket.MakeIpv6(source: source, destination: destination, hopLimit: 255));
        _ = _rig.TurnInbound();
        Assert.Null(_rig.ReceiveAsKernel());
        AssertDropped(DropReason.OutOfScope);
    }

    [Fact]
    public void Rubbish_is_counted_and_never_throws()
    {
        long sent = 0;
        Gen.Select(Gen.Byte.Array[1, 5000], Gen.Int[41, 1500]).Sample(
            (bytes, size) =>
            {
                // As many as a bundle takes; some begin like a packet.
                byte[] bundle = bytes[..Math.Min(bytes.Length, size * 64)];
                for (int i = 0; i + 40 < bundle.Length; i += size)
                    ((byte[])[0x60, 0, 0, 0, (byte)((size - 40) >> 8), (byte)(size - 40), (byte)(i % 3 == 0 ? 6 : 17)]).CopyTo(bundle, i);

                sent += (bundle.Length + size - 1) / size;
                _rig.SendBundleAsPeer(bundle, size);
                _ = _rig.TurnInbound();
            },
            iter: 500,
            threads: 1);
        _ = _rig.TurnInbound();
        Assert.Equal(sent, _rig.In.Snapshot().Packets + _rig.In.Snapshot().Dropped);
        Assert.True(_rig.In.Snapshot().Packets > 100, "nothing looked like a packet");
    }

    [Fact]
    public void Nothing_is_allocated_for_a_packet()
    {
        byte[] bundle = [.. CoalescerTests.Train(44, 1400, TransportPacket.Tcp, isIpv6: true).SelectMany(packet => packet)];
        AllocationAssert.None(
            prepare: () =>
            {
                _rig.Drain();
                _rig.SendBundleAsPeer(bundle, bundle.Length / 44);
                _rig.SendAsPeer(FromPeer(protocol: 58));
                _rig.SendAsPeer(FromPeer(hopLimit: 1));
                _rig.SendAsPeer(FromPeer(length: LoopRig.Mtu + 1));
            },
            turn: () => _rig.TurnInbound());
        Assert.NotNull(_rig.ReceiveFramed());
    }

    private static byte[] FromPeer(int length = 104, byte hopLimit = 64, byte protocol = 17) => TestPacket.MakeIpv6(
        length, TestPacket.Ipv6Remote, TestPacket.Ipv6Local, hopLimit, protocol);

    private void AssertDropped(DropReason reason)
    {
        CounterSnapshot counters = _rig.In.Snapshot();
        Assert.Equal((0L, 1L, 1L), (counters.Packets, counters.Dropped, counters.Drops[reason]));
    }
}

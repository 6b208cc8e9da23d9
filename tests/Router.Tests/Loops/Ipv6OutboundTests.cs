using System.Buffers.Binary;

namespace FastFlannel.Router.Tests;

public sealed class Ipv6OutboundTests : IDisposable
{
    private readonly LoopRig _rig = new(carriesIpv6: true);

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_packet_leaves_for_its_peer_with_one_hop_taken_off()
    {
        _rig.SendAsKernel(TestPacket.MakeIpv6());
        Assert.Equal(LoopResult.Idle, _rig.TurnOutbound());
        Assert.Equal(TestPacket.MakeIpv6(hopLimit: 63), _rig.ReceiveAsPeer());
        Assert.Equal((1, 104), (_rig.Out.Snapshot().Packets, _rig.Out.Snapshot().Bytes));
    }

    [Fact]
    public void Both_families_leave_in_their_order()
    {
        byte[][] packets = [TestPacket.Make(), TestPacket.MakeIpv6(), TestPacket.Make(length: 40), TestPacket.MakeIpv6(length: 40)];
        foreach (byte[] packet in packets)
            _rig.SendAsKernel(packet);

        _ = _rig.TurnOutbound();
        foreach (byte[] packet in packets)
            Assert.Equal(TestPacket.TakeHop(packet), _rig.ReceiveAsPeer());
    }

    [Theory]
    [InlineData(TransportPacket.Tcp, true)]
    [InlineData(TransportPacket.Tcp, false)]
    [InlineData(TransportPacket.Udp, true)]
    [InlineData(TransportPacket.Udp, false)]
    public void A_super_packet_is_cut_up(byte protocol, bool gso)
    {
        using var rig = new LoopRig(Offloads.All with { Gso = gso }, carriesIpv6: true);
        TransportPacket super = new() { IsIpv6 = true, Protocol = protocol, Payload = TransportPacket.Pattern((43 * 1400) + 7) };
        rig.SendAsKernel(super, 1400);
        _ = rig.TurnOutbound();

        List<byte[]> expected = NaiveSegmenter.Cut((super with { TimeToLive = 63 }).BuildPartial(), 1400);
        PacketAssert.Equal(expected, rig.Peer.ReceiveMany(44));
    }

    [Fact]
    public void A_super_packet_behind_an_extension_header_is_cut_up()
    {
        TransportPacket super = new() { IsIpv6 = true, IpOptions = [0, 0, 1, 4, 0, 0, 0, 0], Payload = TransportPacket.Pattern(3000) };
        _rig.SendAsKernel(super, 1000);
        _ = _rig.TurnOutbound();
        PacketAssert.Equal(NaiveSegmenter.Cut((super with { TimeToLive = 63 }).BuildPartial(), 1000), _rig.Peer.ReceiveMany(3));
    }

    [Fact]
    public void Without_a_route_the_source_is_told()
    {
        _rig.SendAsKernel(TestPacket.MakeIpv6(destination: "fd05:0:0:3::3"));
        _ = _rig.TurnOutbound();

        byte[]? reply = _rig.ReceiveAsKernel();
        Assert.Equal([1, 0], reply?[40..42]);
        Assert.Equal(LoopRig.TunIpv6Address.ToIPAddress().GetAddressBytes(), reply?[8..24]);
        AssertDropped(DropReason.NoRoute);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Without_a_hop_left_the_source_is_told(byte hopLimit)
    {
        _rig.SendAsKernel(TestPacket.MakeIpv6(hopLimit: hopLimit));
        _ = _rig.TurnOutbound();

        Assert.Equal([3, 0], _rig.ReceiveAsKernel()?[40..42]);
        Assert.Null(_rig.ReceiveAsPeer());
        AssertDropped(DropReason.TimeExceeded);
    }

    [Fact]
    public void A_packet_over_the_mtu_is_answered_with_the_mtu()
    {
        _rig.SendAsKernel(TestPacket.MakeIpv6(length: LoopRig.Mtu + 1));
        _ = _rig.TurnOutbound();

        byte[]? reply = _rig.ReceiveAsKernel();
        Assert.Equal([2, 0], reply?[40..42]);
        Assert.Equal((uint)LoopRig.Mtu, BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(44)));
        AssertDropped(DropReason.TooLong);
    }

    [Fact]
    public void A_super_packet_of_segments_over_the_mtu_is_answered_with_the_mtu()
    {
        _rig.SendAsKernel(new TransportPacket { IsIpv6 = true, Payload = TransportPacket.Pattern(20_000) }, LoopRig.Mtu);
        _ = _rig.TurnOutbound();
        Assert.Equal([2, 0], _rig.ReceiveAsKernel()?[40..42]);
        AssertDropped(DropReason.TooLong, packets: 14);
    }

    [Fact]
    public void What_the_kernel_tells_the_link_goes_nowhere_and_is_not_answered()
    {
        _rig.SendAsKernel(TestPacket.MakeIpv6(source: "fe80::1", destination: "ff02::16", hopLimit: 1, protocol: 0));
        _ = _rig.TurnOutbound();
        Assert.Null(_rig.ReceiveAsKernel());
        AssertDropped(DropReason.OutOfScope);
    }

    [Fact]
    public void A_peer_without_IPv6_gets_none()
    {
        _rig.Routes.Table = new RouteTable([new Route(Native.Ipv4Prefix.Parse("10.5.2.0/24"), _rig.PeerEndpoint)]);
        _rig.SendAsKernel(TestPacket.MakeIpv6());
        _ = _rig.TurnOutbound();
        Assert.Null(_rig.ReceiveAsPeer());
        AssertDropped(DropReason.NoRoute);
    }

    [Fact]
    public void Nothing_is_allocated_for_a_packet()
    {
        byte[] good = TestPacket.MakeIpv6(length: LoopRig.Mtu);
        byte[] unrouted = TestPacket.MakeIpv6(destination: "fd05:0:0:3::3");
        byte[] expired = TestPacket.MakeIpv6(hopLimit: 1);
        TransportPacket packet = new() { IsIpv6 = true, Payload = TransportPacket.Pattern(44 * 1400) };
        byte[] super = packet.BuildPartial();

        AllocationAssert.None(
            prepare: () =>
            {
                _rig.Drain();
                _rig.SendAsKernel(good);
                _rig.SendAsKernel(unrouted);
                _rig.SendAsKernel(expired);
                _rig.SendAsKernel(super, packet.Header(1400));
            },
            turn: () => _rig.TurnOutbound());
        Assert.Equal(45, _rig.Peer.ReceiveMany(45).Count);
    }

    private void AssertDropped(DropReason reason, long packets = 1)
    {
        CounterSnapshot counters = _rig.Out.Snapshot();
        Assert.Equal((0L, packets, packets), (counters.Packets, counters.Dropped, counters.Drops[reason]));
    }
}

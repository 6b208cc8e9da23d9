namespace FastFlannel.Router.Tests;

public sealed class InboundTests : IDisposable
{
    private readonly LoopRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_packet_reaches_the_kernel_with_one_hop_taken_off()
    {
        _rig.SendAsPeer(FromPeer());
        Assert.Equal(LoopResult.Idle, _rig.TurnInbound());
        Assert.Equal(FromPeer(ttl: 63), _rig.ReceiveAsKernel());
        Assert.Equal((1, 84), (_rig.In.Snapshot().Packets, _rig.In.Snapshot().Bytes));
    }

    [Fact]
    public void Every_length_from_a_bare_header_to_the_mtu_passes()
    {
        for (int length = 20; length <= LoopRig.Mtu; length++)
        {
            _rig.SendAsPeer(FromPeer(length));
            _ = _rig.TurnInbound();
            Assert.Equal(FromPeer(length, ttl: 63), _rig.ReceiveAsKernel());
        }
    }

    [Fact]
    public void A_burst_arrives_in_its_order_and_in_batches()
    {
        for (int i = 0; i < 100; i++)
            _rig.SendAsPeer(FromPeer(20 + i));

        Assert.Equal(LoopResult.Busy, _rig.TurnInbound());
        Assert.Equal(LoopResult.Idle, _rig.TurnInbound());
        for (int i = 0; i < 100; i++)
            Assert.Equal(20 + i, _rig.ReceiveAsKernel()?.Length);
    }

    [Fact]
    public void Without_a_hop_left_the_source_is_told_through_the_overlay()
    {
        _rig.SendAsPeer(FromPeer(ttl: 1));
        _ = _rig.TurnInbound();
        byte[]? reply = _rig.ReceiveAsPeer();
        Assert.Equal([11, 0], reply?[20..22]);
        Assert.Equal(LoopRig.TunAddress.ToIPAddress().GetAddressBytes(), reply?[12..16]);
        AssertDropped(DropReason.TimeExceeded);
    }

    [Fact]
    public void A_time_to_live_of_zero_does_not_wrap()
    {
        _rig.SendAsPeer(FromPeer(ttl: 0));
        _ = _rig.TurnInbound();
        AssertDropped(DropReason.TimeExceeded);
    }

    [Fact]
    public void A_source_behind_no_peer_is_not_told()
    {
        _rig.SendAsPeer(TestPacket.Make(source: "192.0.2.1", destination: TestPacket.Local, ttl: 1));
        _ = _rig.TurnInbound();
        Assert.Null(_rig.ReceiveAsPeer());
        AssertDropped(DropReason.TimeExceeded);
    }

    [Fact]
    public void A_packet_over_the_mtu_is_dropped_and_its_source_told()
    {
        _rig.SendAsPeer(FromPeer(length: 1473, flagsAndOffset: 0x4000));
        _rig.SendAsPeer(FromPeer(length: 9000));
        _ = _rig.TurnInbound();
        Assert.Equal([3, 4], _rig.ReceiveAsPeer()?[20..22]);
        Assert.Null(_rig.ReceiveAsPeer());
        Assert.Equal(2, _rig.In.Snapshot().Drops[DropReason.TooLong]);
    }

    [Fact]
    public void A_wrong_checksum_is_dropped()
    {
        byte[] packet = FromPeer();
        packet[11] ^= 1;
        _rig.SendAsPeer(packet);
        _ = _rig.TurnInbound();
        AssertDropped(DropReason.BadChecksum);
    }

    [Fact]
    public void Nobody_outside_may_speak_for_this_host()
    {
        _rig.SendAsPeer(TestPacket.Make(source: LoopRig.TunAddress.ToString(), destination: TestPacket.Local));
        _ = _rig.TurnInbound();
        Assert.Null(_rig.ReceiveAsKernel());
        AssertDropped(DropReason.OwnSource);
    }

    [Fact]
    public void Each_kind_of_rubbish_is_counted_under_its_reason()
    {
        _rig.SendAsPeer([]);
        _rig.SendAsPeer([0x45, 0, 0]);
        _rig.SendAsPeer([.. FromPeer(), 0]);
        _rig.SendAsPeer(FromPeer().AsSpan(0, 60));
        _rig.SendAsPeer("hello"u8);
        _ = _rig.TurnInbound();

        CounterSnapshot counters = _rig.In.Snapshot();
        Assert.Equal(3, counters.Drops[DropReason.Truncated]);
        Assert.Equal(1, counters.Drops[DropReason.Malformed]);
        Assert.Equal(1, counters.Drops[DropReason.NotIpv4]);
        Assert.Equal(0, counters.Packets);
        Assert.Null(_rig.ReceiveAsKernel());
    }

    [Fact]
    public void A_failed_write_is_counted_and_the_next_packet_still_passes_through_the_loop()
    {
        _rig.CloseKernelSide();
        _rig.SendAsPeer(FromPeer());
        _rig.SendAsPeer(FromPeer());
        _ = _rig.TurnInbound();
        Assert.Equal(2, _rig.In.Snapshot().Drops[DropReason.WriteFailed]);
    }

    [Fact]
    public void Nothing_is_allocated_for_a_packet()
    {
        byte[] good = FromPeer(LoopRig.Mtu);
        byte[] expired = FromPeer(ttl: 1);
        byte[] broken = FromPeer();
        broken[11] ^= 1;

        AllocationAssert.None(
            prepare: () =>
            {
                _rig.Drain();
                _rig.SendAsPeer(good);
                _rig.SendAsPeer(expired);
                _rig.SendAsPeer(broken);
            },
            turn: () => _rig.TurnInbound());
        Assert.NotNull(_rig.ReceiveAsKernel());
    }

    private static byte[] FromPeer(int length = 84, byte ttl = 64, ushort flagsAndOffset = 0) =>
        TestPacket.Make(length, TestPacket.Remote, TestPacket.Local, ttl, flagsAndOffset: flagsAndOffset);

    private void AssertDropped(DropReason reason)
    {
        CounterSnapshot counters = _rig.In.Snapshot();
        Assert.Equal((0L, 1L, 1L), (counters.Packets, counters.Dropped, counters.Drops[reason]));
    }
}

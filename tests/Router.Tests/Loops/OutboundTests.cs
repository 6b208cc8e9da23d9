using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public sealed class OutboundTests : IDisposable
{
    private readonly LoopRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_packet_reaches_its_peer_with_one_hop_taken_off()
    {
        byte[] packet = TestPacket.Make(ttl: 64);
        _rig.SendAsKernel(packet);
        Assert.Equal(LoopResult.Idle, _rig.TurnOutbound());

        Assert.Equal(TestPacket.Make(ttl: 63), _rig.ReceiveAsPeer());
        Assert.Equal((1, packet.Length), (_rig.Out.Snapshot().Packets, _rig.Out.Snapshot().Bytes));
        Assert.Equal(0, _rig.Out.Snapshot().Dropped);
    }

    [Fact]
    public void Every_length_from_a_bare_header_to_the_mtu_passes()
    {
        for (int length = 20; length <= LoopRig.Mtu; length++)
        {
            _rig.SendAsKernel(TestPacket.Make(length));
            _ = _rig.TurnOutbound();
            Assert.Equal(TestPacket.Make(length, ttl: 63), _rig.ReceiveAsPeer());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_burst_of_all_lengths_leaves_in_its_order(bool gso)
    {
        using var rig = new LoopRig(Offloads.All with { Gso = gso });
        byte[][] packets = [.. Enumerable.Range(20, 100).Select(length => TestPacket.Make(length))];
        foreach (byte[] packet in packets)
            rig.SendAsKernel(packet);

        Assert.Equal(LoopResult.Idle, rig.TurnOutbound());
        Assert.All(packets, packet => Assert.Equal(packet.Length, rig.ReceiveAsPeer()?.Length));
        Assert.Null(rig.ReceiveAsPeer());
    }

    [Fact]
    public void Without_a_route_the_source_is_told()
    {
        _rig.SendAsKernel(TestPacket.Make(destination: "10.5.3.3"));
        _ = _rig.TurnOutbound();

        byte[]? reply = _rig.ReceiveAsKernel();
        Assert.Equal([3, 0], reply?[20..22]);
        AssertDropped(DropReason.NoRoute);
        Assert.Equal(1, _rig.Out.Snapshot().IcmpErrors);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Without_a_hop_left_the_source_is_told(byte ttl)
    {
        _rig.SendAsKernel(TestPacket.Make(ttl: ttl));
        _ = _rig.TurnOutbound();

        Assert.Equal([11, 0], _rig.ReceiveAsKernel()?[20..22]);
        Assert.Null(_rig.ReceiveAsPeer());
        AssertDropped(DropReason.TimeExceeded);
    }

    [Fact]
    public void A_packet_over_the_mtu_that_must_not_be_fragmented_is_answered_with_the_mtu()
    {
        _rig.SendAsKernel(TestPacket.Make(length: 1473, flagsAndOffset: 0x4000));
        _ = _rig.TurnOutbound();

        byte[]? reply = _rig.ReceiveAsKernel();
        Assert.Equal([3, 4], reply?[20..22]);
        Assert.Equal([1472 >> 8, 1472 & 0xFF], reply?[26..28]);
        AssertDropped(DropReason.TooLong);
    }

    [Fact]
    public void A_packet_over_the_mtu_that_may_be_fragmented_is_dropped()
    {
        _rig.SendAsKernel(TestPacket.Make(length: 1473));
        _ = _rig.TurnOutbound();

        Assert.Null(_rig.ReceiveAsPeer());
        Assert.Null(_rig.ReceiveAsKernel());
        AssertDropped(DropReason.TooLong);
    }

    [Fact]
    public void No_mtu_is_beyond_what_a_datagram_takes()
    {
        // The overlay over a loopback of 65536 bytes.
        using var rig = new LoopRig(mtu: 65508);
        rig.SendAsKernel(TestPacket.Make(65508, flagsAndOffset: 0x4000));
        rig.SendAsKernel(TestPacket.Make(65507));
        Assert.Equal(LoopResult.Idle, rig.TurnOutbound());

        byte[]? reply = rig.ReceiveAsKernel();
        Assert.Equal([3, 4], reply?[20..22]);
        Assert.Equal([65507 >> 8, 65507 & 0xFF], reply?[26..28]);
        Assert.Equal(65507, rig.ReceiveAsPeer()?.Length);
        Assert.Equal(1, rig.Out.Snapshot().Drops[DropReason.TooLong]);
    }

    [Fact]
    public void IPv6_from_the_kernel_is_counted_and_goes_nowhere()
    {
        byte[] packet = TestPacket.Make();
        packet[0] = 0x60;
        _rig.SendAsKernel(packet);
        _ = _rig.TurnOutbound();
        AssertDropped(DropReason.NotIpv4);
    }

    [Fact]
    public void A_datagram_that_the_kernel_refuses_does_not_hold_up_those_behind_it()
    {
        // Sending to the broadcast address without SO_BROADCAST is refused with EACCES, and nothing leaves the host.
        var broadcast = new Ipv4Endpoint(new Ipv4Address(uint.MaxValue), 9);
        _rig.Routes.Table = new RouteTable(
        [
            new Route(Ipv4Prefix.Parse("10.5.2.0/24"), _rig.PeerEndpoint),
            new Route(Ipv4Prefix.Parse("10.5.9.0/24"), broadcast),
        ]);
        foreach (string destination in (string[])["10.5.9.1", TestPacket.Remote, "10.5.9.1", "10.5.9.1", TestPacket.Remote])
            _rig.SendAsKernel(TestPacket.Make(destination: destination));

        Assert.Equal(LoopResult.Idle, _rig.TurnOutbound());
        Assert.NotNull(_rig.ReceiveAsPeer());
        Assert.NotNull(_rig.ReceiveAsPeer());
        Assert.Equal(2, _rig.Out.Snapshot().Packets);
        Assert.Equal(3, _rig.Out.Snapshot().Drops[DropReason.SendFailed]);
    }

    [Fact]
    public void A_scan_of_unleased_addresses_gets_a_bounded_number_of_answers()
    {
        for (int i = 0; i < 2000; i++)
        {
            _rig.SendAsKernel(TestPacket.Make(destination: "10.5.3.3"));
            _ = _rig.TurnOutbound();
            _ = _rig.ReceiveAsKernel();
        }

        Assert.Equal(2000, _rig.Out.Snapshot().Drops[DropReason.NoRoute]);
        Assert.InRange(_rig.Out.Snapshot().IcmpErrors, 100, 1999);
    }

    [Fact]
    public void Nothing_is_allocated_for_a_packet()
    {
        byte[] good = TestPacket.Make(length: LoopRig.Mtu);
        byte[] unrouted = TestPacket.Make(destination: "10.5.3.3");
        byte[] expired = TestPacket.Make(ttl: 1);

        AllocationAssert.None(
            prepare: () =>
            {
                _rig.Drain();
                _rig.SendAsKernel(good);
                _rig.SendAsKernel(unrouted);
                _rig.SendAsKernel(expired);
            },
            turn: () => _rig.TurnOutbound());
        Assert.NotNull(_rig.ReceiveAsPeer());
    }

    private void AssertDropped(DropReason reason)
    {
        CounterSnapshot counters = _rig.Out.Snapshot();
        Assert.Equal((0L, 1L, 1L), (counters.Packets, counters.Dropped, counters.Drops[reason]));
    }
}

using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>What becomes of bundles that the kernel does not cut up.</summary>
public sealed class RefusedSendTests : IDisposable
{
    private static readonly TransportPacket Super = new() { Payload = TransportPacket.Pattern(44 * 1420) };

    private readonly LoopRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Every_packet_still_arrives_and_the_peer_gets_no_more_bundles()
    {
        RawDescriptor.RefuseBundles(_rig.Socket);
        byte[][] expected = Arriving(Super);
        for (int round = 0; round < 3; round++)
        {
            // The bundle stands between single packets, and another one to the same peer is behind it.
            byte[][] around = [TestPacket.Make(100), TestPacket.Make(1400), TestPacket.Make(1300)];
            _rig.SendAsKernel(around[0]);
            _rig.SendAsKernel(Super, 1420);
            _rig.SendAsKernel(around[1]);
            _rig.SendAsKernel(Super, 1420);
            _rig.SendAsKernel(around[2]);
            Assert.Equal(LoopResult.Busy, _rig.TurnOutbound());
            Assert.Equal(LoopResult.Idle, _rig.TurnOutbound());

            byte[][] hopped = [.. around.Select(packet => TestPacket.Make(packet.Length, ttl: 63))];
            PacketAssert.Equal([hopped[0], .. expected, hopped[1], .. expected, hopped[2]], _rig.Peer.ReceiveMany(91));
            Assert.Null(_rig.ReceiveAsPeer());
        }

        Assert.Equal([new StepDown(nameof(Offloads.Gso), _rig.PeerEndpoint, Errno.EINVAL)], _rig.StepDowns);
        Assert.Equal((3 * 91, 0), (_rig.Out.Snapshot().Packets, _rig.Out.Snapshot().Dropped));
    }

    [Fact]
    public void The_refusal_of_one_peer_is_not_tried_again()
    {
        RawDescriptor.RefuseBundles(_rig.Socket);
        _rig.SendAsKernel(Super, 1420);
        _ = _rig.TurnOutbound();
        Assert.Single(_rig.StepDowns);

        // From now on it would be sent as a bundle, were it one.
        RawDescriptor.RefuseBundles(_rig.Socket, refuse: false);
        using var peer = new TestPeer(receivesBundles: true);
        Assert.Equal(44, _rig.Peer.ReceiveMany(44).Count);
        _rig.SendAsKernel(Super, 1420);
        _ = _rig.TurnOutbound();
        Assert.Equal(44, _rig.Peer.ReceiveMany(44).Count);

        _rig.Routes.Table = new RouteTable([new Route(Ipv4Prefix.Parse("10.5.2.0/24"), peer.Endpoint)]);
        _rig.SendAsKernel(Super, 1420);
        _ = _rig.TurnOutbound();
        Assert.Equal(1460, peer.ReceiveBundle()?.SegmentSize);
        Assert.Single(_rig.StepDowns);
    }

    [Fact]
    public void Where_sixteen_peers_refuse_nobody_gets_bundles()
    {
        RawDescriptor.RefuseBundles(_rig.Socket);
        TestPeer[] peers = [.. Enumerable.Range(0, 20).Select(_ => new TestPeer())];
        _rig.Routes.Table = new RouteTable(
            peers.Select((peer, i) => new Route(Ipv4Prefix.Parse($"10.5.{10 + i}.0/24"), peer.Endpoint)));

        Ipv4Endpoint?[] told = [.. peers.Take(15).Select(peer => peer.Endpoint), null];
        for (int i = 0; i < 20; i++)
            _rig.SendAsKernel(To(i), 1000);

        Assert.Equal(LoopResult.Idle, _rig.TurnOutbound());
        for (int i = 0; i < 20; i++)
        {
            PacketAssert.Equal(Arriving(To(i), 1000), peers[i].ReceiveMany(5));
            peers[i].Dispose();
        }

        Assert.Equal(told, _rig.StepDowns.Select(step => step.Peer));
        Assert.Equal((100, 0), (_rig.Out.Snapshot().Packets, _rig.Out.Snapshot().Dropped));
    }

    [Theory]
    [InlineData("255.255.255.255", 9)] // EACCES, as broadcasting takes an option
    [InlineData("127.0.0.1", 0)] // EINVAL, which could mean the bundle as well
    public void A_peer_that_takes_no_packets_either_is_no_reason_to_step_down(string address, ushort port)
    {
        _rig.Routes.Table = new RouteTable(
        [
            new Route(Ipv4Prefix.Parse("10.5.9.0/24"), new Ipv4Endpoint(Ipv4Address.Parse(address), port)),
            new Route(Ipv4Prefix.Parse("10.5.2.0/24"), _rig.PeerEndpoint),
        ]);
        _rig.SendAsKernel(Super with { Destination = "10.5.9.1" }, 1420);
        _rig.SendAsKernel(Super, 1420);
        Assert.Equal(LoopResult.Idle, _rig.TurnOutbound());
        Assert.Equal(44, _rig.Out.Snapshot().Drops[DropReason.SendFailed]);
        PacketAssert.Equal(Arriving(Super), _rig.Peer.ReceiveMany(44));
        Assert.Empty(_rig.StepDowns);
    }

    [Fact]
    public void An_address_that_is_gone_for_a_while_is_no_reason_to_step_down() => NetworkNamespace.RunInNew(() =>
    {
        using var netlink = RouteNetlink.Open();
        netlink.ChangeLink(1, new LinkChange(Up: true));
        var address = Ipv4Address.Parse("192.0.2.1");
        Assert.True(netlink.AddAddress(1, address, 32));
        using var rig = new LoopRig(address: address, peerReceivesBundles: true);

        // A socket whose address is not on the host sends nothing at all. Kernels say EINVAL, as of bundles, or ENETUNREACH.
        Assert.True(netlink.DeleteAddress(1, address, 32));
        rig.SendAsKernel(Super, 1420);
        Assert.Equal(LoopResult.Idle, rig.TurnOutbound());
        Assert.Equal(44, rig.Out.Snapshot().Drops[DropReason.SendFailed]);
        Assert.Empty(rig.StepDowns);

        Assert.True(netlink.AddAddress(1, address, 32));
        rig.SendAsKernel(Super, 1420);
        Assert.Equal(LoopResult.Idle, rig.TurnOutbound());
        Assert.Equal(1460, rig.Peer.ReceiveBundle()?.SegmentSize);
    });

    private static TransportPacket To(int network) =>
        new() { Destination = $"10.5.{10 + network}.1", Payload = TransportPacket.Pattern(4500) };

    /// <summary>What arrives of a super-packet at the peer.</summary>
    private static byte[][] Arriving(TransportPacket packet, int segmentSize = 1420) =>
        [.. NaiveSegmenter.Cut((packet with { TimeToLive = 63 }).Build(), segmentSize)];
}

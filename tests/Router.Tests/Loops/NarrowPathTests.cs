using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>A path that takes less than the overlay's MTU: loopback's own, in a namespace of its own.</summary>
public class NarrowPathTests
{
    private const int PathMtu = 1280;

    [Fact]
    public void The_source_is_told_and_the_packet_arrives_all_the_same() => OnNarrowPath(rig =>
    {
        rig.SendAsKernel(TestPacket.Make(LoopRig.Mtu, flagsAndOffset: 0x4000));
        Assert.Equal(LoopResult.Idle, rig.TurnOutbound());

        AssertTold(rig);
        Assert.Equal(TestPacket.Make(LoopRig.Mtu, ttl: 63, flagsAndOffset: 0x4000), rig.ReceiveAsPeer());
        CounterSnapshot counters = rig.Out.Snapshot();
        Assert.Equal((1, 1, 1, 0), (counters.Packets, counters.Fragmented, counters.IcmpErrors, counters.Dropped));
    });

    [Fact]
    public void A_source_that_allows_fragments_is_not_told() => OnNarrowPath(rig =>
    {
        rig.SendAsKernel(TestPacket.Make(LoopRig.Mtu));
        _ = rig.TurnOutbound();
        Assert.Null(rig.ReceiveAsKernel());
        Assert.Equal(TestPacket.Make(LoopRig.Mtu, ttl: 63), rig.ReceiveAsPeer());
        Assert.Equal(1, rig.Out.Snapshot().Fragmented);
    });

    [Fact]
    public void A_packet_that_just_fits_is_not_fragmented() => OnNarrowPath(rig =>
    {
        rig.SendAsKernel(TestPacket.Make(PathMtu - 28, flagsAndOffset: 0x4000));
        rig.SendAsKernel(TestPacket.Make(PathMtu - 27));
        _ = rig.TurnOutbound();
        Assert.Equal([PathMtu - 28, PathMtu - 27], rig.Peer.ReceiveMany(2).Select(packet => packet.Length));
        Assert.Equal((2, 1), (rig.Out.Snapshot().Packets, rig.Out.Snapshot().Fragmented));
    });

    [Fact]
    public void A_bundle_too_wide_for_the_path_is_no_reason_to_step_down() => OnNarrowPath(rig =>
    {
        TransportPacket wide = new() { Payload = TransportPacket.Pattern(20 * 1400 + 5) };
        TransportPacket narrow = new() { Payload = TransportPacket.Pattern(20 * 1200) };
        rig.SendAsKernel(wide, 1400);
        rig.SendAsKernel(narrow, 1200);
        Assert.Equal(LoopResult.Idle, rig.TurnOutbound());

        AssertTold(rig);
        byte[][] expected = [.. Arriving(wide, 1400), .. Arriving(narrow, 1200)];
        PacketAssert.Equal(expected, rig.Peer.ReceiveMany(expected.Length));
        Assert.Empty(rig.StepDowns);
        Assert.Equal((41, 20, 0), (rig.Out.Snapshot().Packets, rig.Out.Snapshot().Fragmented, rig.Out.Snapshot().Dropped));
    });

    [Fact]
    public void A_refusal_is_still_one_on_a_narrow_path() => OnNarrowPath(rig =>
    {
        RawDescriptor.RefuseBundles(rig.Socket);
        TransportPacket narrow = new() { Payload = TransportPacket.Pattern(20 * 1200) };
        rig.SendAsKernel(narrow, 1200);
        _ = rig.TurnOutbound();
        PacketAssert.Equal(Arriving(narrow, 1200), rig.Peer.ReceiveMany(20));
        Assert.Equal(rig.PeerEndpoint, Assert.Single(rig.StepDowns).Peer);
    });

    [Fact]
    public void An_IPv6_source_is_told_no_less_than_every_path_takes() => OnNarrowPath(rig =>
    {
        rig.SendAsKernel(TestPacket.MakeIpv6(LoopRig.Mtu));
        rig.SendAsKernel(TestPacket.MakeIpv6(1280));
        _ = rig.TurnOutbound();

        byte[]? reply = rig.ReceiveAsKernel();
        Assert.Equal([2, 0], reply?[40..42]);
        Assert.Equal(1280u, BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(44)));
        Assert.Null(rig.ReceiveAsKernel());
        Assert.Equal([LoopRig.Mtu, 1280], rig.Peer.ReceiveMany(2).Select(packet => packet.Length));
        Assert.Equal(2, rig.Out.Snapshot().Fragmented);
    });

    private static void OnNarrowPath(Action<LoopRig> test) => NetworkNamespace.RunInNew(() =>
    {
        using var netlink = RouteNetlink.Open();
        netlink.ChangeLink(1, new LinkChange(Mtu: PathMtu, Up: true));
        using var rig = new LoopRig(carriesIpv6: true);
        rig.Socket.RefuseFragmentation();
        test(rig);
    });

    private static void AssertTold(LoopRig rig)
    {
        byte[]? reply = rig.ReceiveAsKernel();
        Assert.NotNull(reply);
        Assert.Equal([3, 4], reply[20..22]);
        Assert.Equal(PathMtu - RouterSettings.Overhead, BinaryPrimitives.ReadUInt16BigEndian(reply.AsSpan(26)));
    }

    private static byte[][] Arriving(TransportPacket packet, int segmentSize) =>
        [.. NaiveSegmenter.Cut((packet with { TimeToLive = 63 }).Build(), segmentSize)];
}

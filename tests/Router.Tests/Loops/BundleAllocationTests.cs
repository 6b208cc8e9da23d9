namespace FastFlannel.Router.Tests;

/// <summary>That nothing is allocated for super-packets, bundles and what they fall back to.</summary>
public sealed class BundleAllocationTests : IDisposable
{
    private static readonly TransportPacket Tcp = new() { Payload = TransportPacket.Pattern(44 * 1420) };
    private static readonly TransportPacket Udp = Tcp with { Protocol = TransportPacket.Udp };

    private readonly LoopRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Not_for_super_packets(bool gso)
    {
        using var rig = new LoopRig(Offloads.All with { Gso = gso });
        AssertOutbound(rig);
        Assert.Empty(rig.StepDowns);
    }

    [Fact]
    public void Not_after_the_peer_has_refused_bundles()
    {
        RawDescriptor.RefuseBundles(_rig.Socket);
        _rig.SendAsKernel(Tcp, 1420);
        _ = _rig.TurnOutbound();
        Assert.Single(_rig.StepDowns);
        AssertOutbound(_rig);
    }

    [Theory]
    [InlineData(TransportPacket.Tcp)]
    [InlineData(TransportPacket.Udp)]
    public void Not_for_bundles_that_are_coalesced(byte protocol)
    {
        byte[] bundle = [.. CoalescerTests.Train(44, 1400, protocol).SelectMany(packet => packet)];
        int segmentSize = bundle.Length / 44;
        AssertInbound(() => _rig.SendBundleAsPeer(bundle, segmentSize));
        Assert.NotEqual(default, _rig.ReceiveFramed()?.Header);
    }

    [Fact]
    public void Not_for_bundles_that_are_not()
    {
        // No id follows the one before it.
        byte[] bundle = [.. CoalescerTests.Train(20, 1000, TransportPacket.Udp).Reverse().SelectMany(packet => packet)];
        AssertInbound(() => _rig.SendBundleAsPeer(bundle, bundle.Length / 20));
        Assert.NotNull(_rig.ReceiveAsKernel());
    }

    [Fact]
    public void Not_after_the_kernel_has_refused_super_packets()
    {
        using var rig = new CoalescerRig();
        using var pair = new DatagramPair();
        rig.Descriptor = pair.Descriptor;
        TransportPacket packet = new() { Payload = TransportPacket.Pattern(46 * 1423) };
        rig.Place([.. NaiveSegmenter.Cut(packet.Build(), 1423)]);
        rig.TakePlaced();
        Assert.Single(rig.StepDowns);
        AllocationAssert.None(prepare: pair.Drain, turn: rig.TakePlaced);
    }

    private static void AssertOutbound(LoopRig rig)
    {
        byte[] tcp = Tcp.BuildPartial();
        byte[] udp = Udp.BuildPartial();
        AllocationAssert.None(
            prepare: () =>
            {
                rig.Drain();
                rig.SendAsKernel(tcp, Tcp.Header(1420));
                rig.SendAsKernel(udp, Udp.Header(1420));
            },
            turn: () => rig.TurnOutbound());
        Assert.Equal(88, rig.Peer.ReceiveMany(88).Count);
    }

    private void AssertInbound(Action send) => AllocationAssert.None(
        prepare: () =>
        {
            _rig.Drain();
            send();
        },
        turn: () => _rig.TurnInbound());
}

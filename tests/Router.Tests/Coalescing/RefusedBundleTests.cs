using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>What becomes of super-packets that the kernel does not take.</summary>
public sealed class RefusedBundleTests : IDisposable
{
    private readonly CoalescerRig _rig = new();
    private readonly DatagramPair _pair = new();

    public RefusedBundleTests() => _rig.Descriptor = _pair.Descriptor;

    public void Dispose()
    {
        _rig.Dispose();
        _pair.Dispose();
    }

    [Theory]
    [InlineData(TransportPacket.Tcp, 1423, nameof(Offloads.TcpCoalescing))]
    [InlineData(TransportPacket.Udp, 1424, nameof(Offloads.UdpCoalescing))]
    public void Its_packets_go_one_by_one_and_no_further_one_is_tried(byte protocol, int payload, string offload)
    {
        // 46 times the payload with the headers is more than the pair takes, and no more than an IPv4 packet.
        byte[][] train = Train(46, payload, protocol);
        for (int round = 0; round < 3; round++)
        {
            _rig.Take(train);
            AssertWritten(train);
        }

        Assert.Equal([new StepDown(offload, Peer: null, Errno.EMSGSIZE)], _rig.StepDowns);
        Assert.Equal((3 * 46, 0), (_rig.Counters.Snapshot().Packets, _rig.Counters.Snapshot().Dropped));
    }

    [Fact]
    public void The_other_protocol_is_still_coalesced()
    {
        _rig.Take(Train(46, 1423, TransportPacket.Tcp));
        _pair.Drain();
        _rig.Take(CoalescerTests.Train(10, 1000, TransportPacket.Udp));
        Assert.Equal(VirtioHeader.Size + 28 + 10_000, _pair.Read()?.Length);
        Assert.Null(_pair.Read());
    }

    [Fact]
    public void Several_refused_in_one_batch_are_told_once()
    {
        byte[][] first = Train(46, 1423, TransportPacket.Tcp, port: 1);
        byte[][] second = Train(46, 1423, TransportPacket.Tcp, port: 2);
        _rig.Take([.. first, .. second]);
        AssertWritten([.. first, .. second]);
        Assert.Single(_rig.StepDowns);
    }

    [Fact]
    public void A_device_that_is_down_takes_nothing_and_coalesces_again_when_it_is_up() => NetworkNamespace.RunInNew(() =>
    {
        using var tun = TunQueue.Create("down%d");
        using var netlink = RouteNetlink.Open();
        _rig.Descriptor = RawDescriptor.Of(tun);
        byte[][] train = CoalescerTests.Train(44, 1000, TransportPacket.Tcp);

        _rig.Take(train);
        Assert.Equal(44, _rig.Counters.Snapshot().Drops[DropReason.WriteFailed]);
        Assert.Empty(_rig.StepDowns);

        netlink.ChangeLink(netlink.FindLink(tun.Name)!.Index, new LinkChange(Up: true));
        _rig.Take(train);
        Assert.Equal((44, 44), (_rig.Counters.Snapshot().Packets, _rig.Counters.Snapshot().Dropped));
        Assert.Empty(_rig.StepDowns);
    });

    // Without options, as it is a matter of single bytes.
    private static byte[][] Train(int count, int payload, byte protocol, ushort port = 1000) =>
        [.. Enumerable.Range(0, count).Select(i => new TransportPacket
        {
            Protocol = protocol,
            SourcePort = port,
            Sequence = (uint)(i * payload),
            Id = (ushort)i,
            Payload = TransportPacket.Pattern(payload, i),
        }.Build())];

    private void AssertWritten(byte[][] packets)
    {
        byte[] plain = new byte[VirtioHeader.Size];
        foreach (byte[] packet in packets)
            Assert.Equal((byte[])[.. plain, .. packet], _pair.Read() ?? []);

        Assert.Null(_pair.Read());
    }
}

using System.Buffers.Binary;
using CsCheck;

namespace FastFlannel.Router.Tests;

/// <summary>That coalescing changes nothing: what the kernel makes of the written packets is what came.</summary>
public sealed class CoalescerPropertyTests : IDisposable
{
    private readonly CoalescerRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Cut_up_again_each_flows_packets_are_what_they_were_and_in_their_order()
    {
        long merged = 0, plain = 0;
        Traffic.Packets.Sample(
            packets =>
            {
                List<WrittenPacket> written = _rig.Run(packets);
                merged += written.Count(w => w.IsSuper);
                plain += written.Count(w => !w.IsSuper);
                (byte[] Counted, byte[] Fixed)[] segments = [.. written.SelectMany(w => w.Segments())];

                Assert.Equal(packets.Length, segments.Length);
                foreach (ulong? flow in packets.Select(FlowOf).Distinct())
                    AssertSame([.. packets.Where(p => MayNotOvertake(p, flow))], [.. segments.Where(s => MayNotOvertake(s.Counted, flow))]);
            },
            iter: 1500,
            threads: 1);

        // Or nothing at all was tested.
        Assert.True(merged > 1000, $"{merged} super-packets");
        Assert.True(plain > 1000, $"{plain} plain packets");
        Assert.Empty(_rig.StepDowns);
        Assert.Equal(0, _rig.Counters.Snapshot().Dropped);
    }

    [Fact]
    public void What_was_cut_up_becomes_the_same_super_packet_again() => Gen.Select(
        Gen.OneOf(TransportPacket.Tcp, TransportPacket.Udp), Gen.Int[1, 1420], Gen.Int[2, 64], Gen.Int[0, 10],
        Gen.OneOf<byte>(0x10, 0x18, 0x50, 0x58), Gen.Select(Gen.UInt, Gen.UShort, Gen.Byte, Gen.Bool, Gen.Bool)).Sample(
        (protocol, size, count, words, flags, numbers) =>
        {
            bool isTcp = protocol == TransportPacket.Tcp;
            int most = Math.Min(size * count, 65535 - 100);
            var packet = new TransportPacket
            {
                IsIpv6 = numbers.Item5,
                Protocol = protocol,
                TcpOptions = TransportPacket.Pattern(isTcp ? words * 4 : 0),
                Flags = flags,
                Sequence = numbers.Item1,
                Id = numbers.Item2,
                Service = numbers.Item3,
                FlagsAndOffset = numbers.Item4 ? TransportPacket.DoNotFragment : (ushort)0,
                Payload = TransportPacket.Pattern(Math.Max(size + 1, most - (numbers.Item2 % size))),
            };
            byte[] super = packet.BuildPartial();
            WrittenPacket written = Assert.Single(_rig.Run(NaiveSegmenter.Cut(super, size)));
            Assert.Equal(packet.Header(size), written.Header);
            Assert.Equal(super.AsSpan(), written.Packet.AsSpan());
        },
        iter: 300,
        threads: 1);

    /// <summary>A flow's number; null for a packet that may belong to any flow, and that no other may therefore pass.</summary>
    private static ulong? FlowOf(byte[] packet)
    {
        if (TestPacket.IsIpv6(packet))
        {
            return packet[6] is TransportPacket.Tcp or TransportPacket.Udp
                ? BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(40)) | ((ulong)packet[6] << 32) | (6ul << 60)
                : null;
        }

        bool isWhole = (BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(6)) & 0x3FFF) == 0;
        bool isKnown = packet[9] is TransportPacket.Tcp or TransportPacket.Udp;
        return packet[0] == 0x45 && isWhole && isKnown
            ? BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(20)) | ((ulong)packet[9] << 32)
            : null;
    }

    private static bool MayNotOvertake(byte[] packet, ulong? flow) => FlowOf(packet) is not { } other || other == flow;

    private static void AssertSame(byte[][] expected, (byte[] Counted, byte[] Fixed)[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            byte[] either = expected[i].AsSpan().SequenceEqual(actual[i].Fixed) ? actual[i].Fixed : actual[i].Counted;
            Assert.Equal(expected[i].AsSpan(), either.AsSpan());
        }
    }
}

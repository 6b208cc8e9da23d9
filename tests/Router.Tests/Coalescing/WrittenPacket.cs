using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>What was written to a TUN queue.</summary>
internal sealed record WrittenPacket(VirtioHeader Header, byte[] Packet)
{
    public bool IsSuper => Header != default;

    /// <summary>
    /// What the kernel makes of it: the packet as it is, or the segments of a super-packet, once with ids counted up as the kernel
    /// does, and once with all the first one's.
    /// </summary>
    public IEnumerable<(byte[] Counted, byte[] Fixed)> Segments()
    {
        if (!IsSuper)
            return [(Packet, Packet)];

        AssertWellFormed();
        return NaiveSegmenter.Cut(Packet, Header.SegmentSize).Select(segment => (segment, WithFirstId(segment)));
    }

    /// <summary>All that the kernel asks of a super-packet (linux/virtio_net.h), and that the flow's receiver asks as well.</summary>
    private void AssertWellFormed()
    {
        bool isTcp = TransportPacket.ProtocolOf(Packet) == TransportPacket.Tcp;
        bool isIpv6 = TestPacket.IsIpv6(Packet);
        int ipLength = isIpv6 ? 40 : 20;
        int headerLength = ipLength + (isTcp ? (Packet[ipLength + 12] >> 4) * 4 : 8);
        int payload = Packet.Length - headerLength;
        var type = !isTcp ? SegmentationType.Udp : isIpv6 ? SegmentationType.TcpV6 : SegmentationType.TcpV4;
        Assert.Equal(
            new VirtioHeader(1, (byte)type, (ushort)headerLength, Header.SegmentSize, (ushort)ipLength, (ushort)(isTcp ? 16 : 6)), Header);
        Assert.InRange(payload, Header.SegmentSize + 1, Header.SegmentSize * FlowBundle.MaximumPackets);

        if (isIpv6)
            Assert.Equal(Packet.Length - 40, BinaryPrimitives.ReadUInt16BigEndian(Packet.AsSpan(4)));
        else
            AssertIpv4Header();

        Assert.Equal(
            TransportPacket.PseudoSum(Packet), BinaryPrimitives.ReadUInt16BigEndian(Packet.AsSpan(TransportPacket.ChecksumAt(Packet))));
        if (!isTcp)
            Assert.Equal(Packet.Length - ipLength, BinaryPrimitives.ReadUInt16BigEndian(Packet.AsSpan(ipLength + 4)));
    }

    private void AssertIpv4Header()
    {
        Assert.Equal(0x45, Packet[0]);
        Assert.Equal(Packet.Length, BinaryPrimitives.ReadUInt16BigEndian(Packet.AsSpan(2)));
        Assert.Equal(0, TestPacket.NaiveChecksum(Packet.AsSpan(0, 20)));
    }

    private byte[] WithFirstId(byte[] segment)
    {
        byte[] copy = [.. segment];
        if (!TestPacket.IsIpv6(Packet) && (Packet[6] & 0x40) != 0)
            Packet.AsSpan(4, 2).CopyTo(copy.AsSpan(4));

        TestPacket.FixChecksum(copy);
        return copy;
    }
}

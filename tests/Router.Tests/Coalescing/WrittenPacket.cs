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
        bool isTcp = Packet[9] == TransportPacket.Tcp;
        int headerLength = 20 + (isTcp ? (Packet[32] >> 4) * 4 : 8);
        int payload = Packet.Length - headerLength;
        var type = isTcp ? SegmentationType.TcpV4 : SegmentationType.Udp;
        Assert.Equal(
            new VirtioHeader(1, (byte)type, (ushort)headerLength, Header.SegmentSize, 20, (ushort)(isTcp ? 16 : 6)), Header);
        Assert.InRange(payload, Header.SegmentSize + 1, Header.SegmentSize * FlowBundle.MaximumPackets);

        Assert.Equal(0x45, Packet[0]);
        Assert.Equal(Packet.Length, BinaryPrimitives.ReadUInt16BigEndian(Packet.AsSpan(2)));
        Assert.Equal(0, TestPacket.NaiveChecksum(Packet.AsSpan(0, 20)));
        Assert.Equal(
            TransportPacket.PseudoSum(Packet), BinaryPrimitives.ReadUInt16BigEndian(Packet.AsSpan(TransportPacket.ChecksumAt(Packet))));
        if (!isTcp)
            Assert.Equal(Packet.Length - 20, BinaryPrimitives.ReadUInt16BigEndian(Packet.AsSpan(24)));
    }

    private byte[] WithFirstId(byte[] segment)
    {
        byte[] copy = [.. segment];
        if ((Packet[6] & 0x40) != 0)
            Packet.AsSpan(4, 2).CopyTo(copy.AsSpan(4));

        TestPacket.FixChecksum(copy);
        return copy;
    }
}

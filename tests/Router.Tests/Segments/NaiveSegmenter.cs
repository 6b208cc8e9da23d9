using System.Buffers.Binary;

namespace FastFlannel.Router.Tests;

/// <summary>
/// Cuts a super-packet up as the kernel does (linux net/ipv4/tcp_offload.c, udp_offload.c), as slow and as plain as can be: every
/// field of every segment is written anew, and every checksum is computed over the whole of what it covers.
/// </summary>
internal static class NaiveSegmenter
{
    public static List<byte[]> Cut(byte[] super, int segmentSize)
    {
        bool isIpv6 = TestPacket.IsIpv6(super);
        int ipLength = TransportPacket.IpLengthOf(super);
        bool isTcp = TransportPacket.ProtocolOf(super) == TransportPacket.Tcp;
        int headerLength = ipLength + (isTcp ? (super[ipLength + 12] >> 4) * 4 : 8);
        int payload = super.Length - headerLength;

        List<byte[]> segments = [];
        int start = 0;
        do
        {
            int length = Math.Min(segmentSize, payload - start);
            bool isFirst = start == 0;
            bool isLast = start + length == payload;
            byte[] segment = new byte[headerLength + length];
            for (int i = 0; i < headerLength; i++)
                segment[i] = super[i];

            for (int i = 0; i < length; i++)
                segment[headerLength + i] = super[headerLength + start + i];

            if (isIpv6)
                BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(4), (ushort)(segment.Length - 40));
            else
                FinishIpv4(segment, BinaryPrimitives.ReadUInt16BigEndian(super.AsSpan(4)) + segments.Count);

            if (isTcp)
                FinishTcp(segment.AsSpan(ipLength), (uint)start, isFirst, isLast);
            else
                BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(ipLength + 4), (ushort)(8 + length));

            TransportPacket.FixTransportChecksum(segment);
            segments.Add(segment);
            start += length;
        }
        while (start < payload);

        return segments;
    }

    private static void FinishIpv4(byte[] segment, int id)
    {
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), (ushort)segment.Length);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(4), (ushort)id);
        TestPacket.FixChecksum(segment);
    }

    private static void FinishTcp(Span<byte> tcp, uint start, bool isFirst, bool isLast)
    {
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], unchecked(sequence + start));
        if (!isFirst && (tcp[13] & TransportPacket.Cwr) != 0)
            tcp[13] -= TransportPacket.Cwr;

        if (!isLast && (tcp[13] & TransportPacket.Fin) != 0)
            tcp[13] -= TransportPacket.Fin;

        if (!isLast && (tcp[13] & TransportPacket.Psh) != 0)
            tcp[13] -= TransportPacket.Psh;
    }
}

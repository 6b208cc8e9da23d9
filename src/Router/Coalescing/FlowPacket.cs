using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace FastFlannel.Router;

/// <summary>
/// A TCP or UDP packet over IPv4 that is neither a fragment nor carries IP options, seen as one of a flow's.
/// </summary>
internal readonly ref struct FlowPacket
{
    private const int IpHeaderLength = PacketView.MinimumHeaderLength;

    private FlowPacket(Span<byte> bytes, int transportLength)
    {
        Bytes = bytes;
        HeaderLength = IpHeaderLength + transportLength;
        Key = new FlowKey(
            MemoryMarshal.Read<ulong>(bytes[12..]), MemoryMarshal.Read<uint>(bytes[IpHeaderLength..]), bytes[9]);
    }

    /// <summary>The whole packet.</summary>
    public Span<byte> Bytes { get; }

    /// <summary>Bytes of both headers.</summary>
    public int HeaderLength { get; }

    /// <summary>Which flow's.</summary>
    public FlowKey Key { get; }

    /// <summary>Whether it is TCP and not UDP.</summary>
    public bool IsTcp => Key.Protocol == TransportView.Tcp;

    /// <summary>Bytes behind both headers.</summary>
    public int PayloadLength => Bytes.Length - HeaderLength;

    /// <summary>The IP identification.</summary>
    public ushort Id => BinaryPrimitives.ReadUInt16BigEndian(Bytes[4..]);

    /// <summary>The TCP sequence number of the first byte.</summary>
    public uint Sequence => BinaryPrimitives.ReadUInt32BigEndian(Bytes[(IpHeaderLength + 4)..]);

    /// <summary>The TCP flags.</summary>
    public byte Flags => Bytes[IpHeaderLength + 13];

    /// <summary>Whether TCP asks for what came so far to be handed over, which ends a super-packet.</summary>
    public bool IsPush => IsTcp && (Flags & TransportView.PshFlag) != 0;

    /// <summary>
    /// Whether it may be part of a super-packet at all: it carries data, and TCP flags that say no more than that. SYN, FIN, RST,
    /// URG and CWR mean something at their place in the stream, and a datagram without checksum cannot share one.
    /// </summary>
    public bool MayJoin
    {
        get
        {
            if (PayloadLength == 0)
                return false;

            if (!IsTcp)
            {
                return BinaryPrimitives.ReadUInt16BigEndian(Bytes[(IpHeaderLength + 4)..]) == Bytes.Length - IpHeaderLength
                    && BinaryPrimitives.ReadUInt16BigEndian(Bytes[(IpHeaderLength + 6)..]) != 0;
            }

            const byte Harmless = TransportView.PshFlag | TransportView.EceFlag;
            return (Flags & ~Harmless) == TransportView.AckFlag;
        }
    }

    /// <summary>Whether the transport checksum is right.</summary>
    public bool HasValidChecksum =>
        InternetChecksum.Sum(
            Bytes[IpHeaderLength..], TransportView.PseudoHeaderSum(Bytes, Bytes.Length - IpHeaderLength)) == 0xFFFF;

    /// <summary>Looks at a packet as one of a flow's.</summary>
    /// <param name="packet">Any packet.</param>
    /// <param name="flowPacket">The same packet.</param>
    /// <returns>False for what is not TCP or UDP, or a fragment, or carries IP options.</returns>
    public static bool TryParse(PacketView packet, out FlowPacket flowPacket)
    {
        flowPacket = default;
        if (packet.HeaderLength != IpHeaderLength || packet.IsFragment)
            return false;

        int transportLength = TransportView.HeaderLengthOf(packet);
        if (transportLength == 0)
            return false;

        flowPacket = new FlowPacket(packet.Bytes, transportLength);
        return true;
    }

    /// <summary>
    /// Whether two packets of one flow differ in nothing that a super-packet could not tell apart: not in type of service and
    /// ECN, DF, time to live, nor in TCP's acknowledgement, flags but for PSH, window, urgent pointer and options.
    /// </summary>
    /// <param name="first">The first packet of a super-packet.</param>
    /// <param name="next">A later one.</param>
    public static bool HaveLikeHeaders(FlowPacket first, FlowPacket next)
    {
        ReadOnlySpan<byte> a = first.Bytes;
        ReadOnlySpan<byte> b = next.Bytes;
        if (first.HeaderLength != next.HeaderLength || a[1] != b[1] || !a[6..9].SequenceEqual(b[6..9]))
            return false;

        return !first.IsTcp
            || (a.Slice(IpHeaderLength + 8, 5).SequenceEqual(b.Slice(IpHeaderLength + 8, 5))
                && ((first.Flags ^ next.Flags) & ~TransportView.PshFlag) == 0
                && a.Slice(IpHeaderLength + 14, 2).SequenceEqual(b.Slice(IpHeaderLength + 14, 2))
                && a[(IpHeaderLength + 18)..first.HeaderLength].SequenceEqual(b[(IpHeaderLength + 18)..first.HeaderLength]));
    }
}

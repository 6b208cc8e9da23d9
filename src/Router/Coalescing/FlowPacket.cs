using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace FastFlannel.Router;

/// <summary>A TCP or UDP packet over IPv4 that is neither a fragment nor carries IP options, seen as one of a flow's.</summary>
internal readonly ref struct FlowPacket
{
    /// <summary>Bytes of the IP header.</summary>
    public const int IpHeaderLength = PacketView.MinimumHeaderLength;

    private FlowPacket(Span<byte> bytes, int headerLength)
    {
        Bytes = bytes;
        HeaderLength = headerLength;
    }

    /// <summary>The whole packet.</summary>
    public Span<byte> Bytes { get; }

    /// <summary>Bytes of both headers.</summary>
    public int HeaderLength { get; }

    /// <summary>The IP header and the ports.</summary>
    public ref readonly FlowHeader Ip => ref MemoryMarshal.AsRef<FlowHeader>(Bytes);

    /// <summary>The TCP header; of TCP only.</summary>
    public ref readonly TcpHeader Tcp => ref MemoryMarshal.AsRef<TcpHeader>(Bytes[IpHeaderLength..]);

    /// <summary>Which flow's.</summary>
    public FlowKey Key => new(Ip.Addresses, Ip.Ports, Bytes[9]);

    /// <summary>Whether it is TCP and not UDP.</summary>
    public bool IsTcp => Bytes[9] == TransportView.Tcp;

    /// <summary>Bytes behind both headers.</summary>
    public int PayloadLength => Bytes.Length - HeaderLength;

    /// <summary>TCP's options.</summary>
    public ReadOnlySpan<byte> Options => Bytes[(IpHeaderLength + TransportView.TcpMinimum)..HeaderLength];

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
                ReadOnlySpan<byte> udp = Bytes[IpHeaderLength..];
                return BinaryPrimitives.ReadUInt16BigEndian(udp[4..]) == udp.Length && MemoryMarshal.Read<ushort>(udp[6..]) != 0;
            }

            const byte Harmless = TransportView.PshFlag | TransportView.EceFlag;
            return (Tcp.Flags & ~Harmless) == TransportView.AckFlag;
        }
    }

    /// <summary>Whether the transport checksum is right.</summary>
    public bool HasValidChecksum
    {
        get
        {
            int length = Bytes.Length - IpHeaderLength;
            return InternetChecksum.Sum(Bytes[IpHeaderLength..], TransportView.PseudoHeaderSum(Bytes, length)) == 0xFFFF;
        }
    }

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

        flowPacket = new FlowPacket(packet.Bytes, IpHeaderLength + transportLength);
        return true;
    }
}

using System.Buffers.Binary;

namespace FastFlannel.Router;

/// <summary>What the packet loop knows of TCP (RFC 9293) and UDP (RFC 768) headers.</summary>
internal static class TransportView
{
    /// <summary>TCP's protocol number.</summary>
    public const byte Tcp = 6;

    /// <summary>UDP's protocol number.</summary>
    public const byte Udp = 17;

    /// <summary>The sender has no more data.</summary>
    public const byte FinFlag = 0x01;

    /// <summary>The receiver shall hand over what it has.</summary>
    public const byte PshFlag = 0x08;

    /// <summary>The acknowledgement counts.</summary>
    public const byte AckFlag = 0x10;

    /// <summary>Congestion was seen (RFC 3168).</summary>
    public const byte EceFlag = 0x40;

    /// <summary>The sender has slowed down (RFC 3168).</summary>
    public const byte CwrFlag = 0x80;

    /// <summary>Bytes of a TCP header without options, and of a UDP header.</summary>
    public const int TcpMinimum = 20, UdpHeaderLength = 8;

    /// <summary>Bytes of a packet's TCP or UDP header with its options, or 0 when it is cut off or contradicts itself.</summary>
    public static int HeaderLengthOf(PacketView packet) =>
        HeaderLengthOf(packet.Bytes[packet.HeaderLength..], packet.Protocol);

    /// <summary>Bytes of a TCP or UDP header with its options, or 0 when it is cut off or contradicts itself.</summary>
    /// <param name="transport">The header and all that follows.</param>
    /// <param name="protocol">Which header.</param>
    public static int HeaderLengthOf(ReadOnlySpan<byte> transport, byte protocol)
    {
        if (protocol == Udp)
            return transport.Length >= UdpHeaderLength ? UdpHeaderLength : 0;

        if (protocol != Tcp || transport.Length < TcpMinimum)
            return 0;

        int length = (transport[12] >> 4) * 4;
        return length >= TcpMinimum && length <= transport.Length ? length : 0;
    }

    /// <summary>The sum of the pseudo-header, to go on from with the transport header (RFC 9293 section 3.1, RFC 768).</summary>
    /// <param name="ipHeader">An IPv4 header, or an IPv6 header without extension headers.</param>
    /// <param name="length">Bytes of transport header and payload.</param>
    public static ushort PseudoHeaderSum(ReadOnlySpan<byte> ipHeader, int length)
    {
        if (ipHeader[0] >> 4 == 6)
            return Ipv6Header.PseudoHeaderSum(ipHeader, length);

        uint source = BinaryPrimitives.ReadUInt32BigEndian(ipHeader[12..]);
        uint destination = BinaryPrimitives.ReadUInt32BigEndian(ipHeader[16..]);
        return InternetChecksum.Fold(
            (source >> 16) + (source & 0xFFFF) + (destination >> 16) + (destination & 0xFFFF) + ipHeader[9] + (uint)length);
    }

    /// <summary>The checksum to store for a sum; never 0, which in UDP says that there is none.</summary>
    public static ushort UdpChecksum(ushort sum) => sum == 0xFFFF ? sum : (ushort)~sum;
}

using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>A TCP or UDP packet by its fields; tests change one at a time. Written byte by byte, with naive checksums.</summary>
internal sealed record TransportPacket
{
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Fin = 0x01, Syn = 0x02, Rst = 0x04, Psh = 0x08, Ack = 0x10, Urg = 0x20, Ece = 0x40, Cwr = 0x80;
    public const ushort DoNotFragment = 0x4000;

    private const byte DestinationOptions = 60;

    public bool IsIpv6 { get; init; }

    public byte Protocol { get; init; } = Tcp;

    public byte Service { get; init; }

    public ushort Id { get; init; } = 1000;

    public ushort FlagsAndOffset { get; init; } = DoNotFragment;

    public byte TimeToLive { get; init; } = 64;

    public string Source { get; init; } = TestPacket.Local;

    public string Destination { get; init; } = TestPacket.Remote;

    public string Ipv6Source { get; init; } = TestPacket.Ipv6Local;

    public string Ipv6Destination { get; init; } = TestPacket.Ipv6Remote;

    public int FlowLabel { get; init; } = 0x12345;

    /// <summary>In words of four bytes, as TCP's. Of IPv6 an extension header, whose first two bytes are ours, in words of eight.</summary>
    public byte[] IpOptions { get; init; } = [];

    public ushort SourcePort { get; init; } = 40000;

    public ushort DestinationPort { get; init; } = 5001;

    public uint Sequence { get; init; } = 1;

    public uint Acknowledgement { get; init; } = 7;

    public byte Reserved { get; init; }

    public byte Flags { get; init; } = Ack;

    public ushort Window { get; init; } = 512;

    public ushort Urgent { get; init; }

    public byte[] TcpOptions { get; init; } = [];

    public byte[] Payload { get; init; } = Pattern(1000);

    /// <summary>Bytes of both headers.</summary>
    public int HeaderLength => IpLength + (Protocol == Tcp ? 20 + TcpOptions.Length : 8);

    private int IpLength => (IsIpv6 ? 40 : 20) + IpOptions.Length;

    /// <summary>Bytes that repeat at no power of two, so that a payload in the wrong place shows.</summary>
    public static byte[] Pattern(int length, int seed = 0)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
            bytes[i] = (byte)((i + seed) % 251);

        return bytes;
    }

    /// <summary>The packet with all its checksums.</summary>
    public byte[] Build()
    {
        byte[] packet = new byte[HeaderLength + Payload.Length];
        if (IsIpv6)
            WriteIpv6(packet);
        else
            WriteIpv4(packet);

        Span<byte> transport = packet.AsSpan(IpLength);
        BinaryPrimitives.WriteUInt16BigEndian(transport, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(transport[2..], DestinationPort);
        Payload.CopyTo(packet, HeaderLength);
        if (Protocol == Udp)
            BinaryPrimitives.WriteUInt16BigEndian(transport[4..], (ushort)transport.Length);
        else
            WriteTcp(transport);

        FixTransportChecksum(packet);
        return packet;
    }

    /// <summary>The packet as the kernel hands it over: the checksum field holds the sum of the pseudo-header only.</summary>
    public byte[] BuildPartial()
    {
        byte[] packet = Build();
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(ChecksumAt(packet)), PseudoSum(packet));
        return packet;
    }

    /// <summary>What the kernel says of the packet as a super-packet.</summary>
    public VirtioHeader Header(int segmentSize) => new(
        VirtioHeader.NeedsChecksum,
        (byte)(Protocol != Tcp ? SegmentationType.Udp : IsIpv6 ? SegmentationType.TcpV6 : SegmentationType.TcpV4),
        (ushort)HeaderLength,
        (ushort)segmentSize,
        (ushort)IpLength,
        (ushort)(Protocol == Tcp ? 16 : 6));

    /// <summary>Bytes of a packet's IP header with its options or its one extension header.</summary>
    public static int IpLengthOf(ReadOnlySpan<byte> packet) => !TestPacket.IsIpv6(packet) ? (packet[0] & 0xF) * 4
        : packet[6] == DestinationOptions ? 40 + ((packet[41] + 1) * 8)
        : 40;

    /// <summary>TCP or UDP, or what else a packet carries.</summary>
    public static byte ProtocolOf(ReadOnlySpan<byte> packet) => !TestPacket.IsIpv6(packet) ? packet[9]
        : packet[6] == DestinationOptions ? packet[40]
        : packet[6];

    /// <summary>Where a packet's transport checksum lies.</summary>
    public static int ChecksumAt(ReadOnlySpan<byte> packet) => IpLengthOf(packet) + (ProtocolOf(packet) == Tcp ? 16 : 6);

    /// <summary>The sum, not complemented, of the pseudo-header of RFC 9293, RFC 768 and RFC 8200, which is put together for it.</summary>
    public static ushort PseudoSum(ReadOnlySpan<byte> packet) => (ushort)~TestPacket.NaiveChecksum(PseudoHeader(packet));

    /// <summary>What the transport checksum must be, but that UDP's is never 0; the field itself is left out.</summary>
    public static ushort NaiveTransportChecksum(ReadOnlySpan<byte> packet)
    {
        byte[] copy = packet.ToArray();
        copy.AsSpan(ChecksumAt(packet), 2).Clear();
        ushort checksum = TestPacket.NaiveChecksum([.. PseudoHeader(packet), .. copy[IpLengthOf(packet)..]]);
        return checksum == 0 && ProtocolOf(packet) == Udp ? (ushort)0xFFFF : checksum;
    }

    public static void FixTransportChecksum(byte[] packet) =>
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(ChecksumAt(packet)), NaiveTransportChecksum(packet));

    private static byte[] PseudoHeader(ReadOnlySpan<byte> packet)
    {
        int length = packet.Length - IpLengthOf(packet);
        byte[] end = [0, ProtocolOf(packet), (byte)(length >> 8), (byte)length];
        return TestPacket.IsIpv6(packet) ? [.. packet[8..40], .. end] : [.. packet[12..20], .. end];
    }

    private void WriteTcp(Span<byte> transport)
    {
        BinaryPrimitives.WriteUInt32BigEndian(transport[4..], Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(transport[8..], Acknowledgement);
        transport[12] = (byte)(((20 + TcpOptions.Length) / 4 << 4) | Reserved);
        transport[13] = Flags;
        BinaryPrimitives.WriteUInt16BigEndian(transport[14..], Window);
        BinaryPrimitives.WriteUInt16BigEndian(transport[18..], Urgent);
        TcpOptions.CopyTo(transport[20..]);
    }

    private void WriteIpv4(byte[] packet)
    {
        packet[0] = (byte)(0x40 | (IpLength / 4));
        packet[1] = Service;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), Id);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), FlagsAndOffset);
        packet[8] = TimeToLive;
        packet[9] = Protocol;
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(12), Ipv4Address.Parse(Source).Value);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(16), Ipv4Address.Parse(Destination).Value);
        IpOptions.CopyTo(packet, 20);
        TestPacket.FixChecksum(packet);
    }

    private void WriteIpv6(byte[] packet)
    {
        BinaryPrimitives.WriteInt32BigEndian(packet, (6 << 28) | (Service << 20) | FlowLabel);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(packet.Length - 40));
        packet[6] = IpOptions.Length > 0 ? DestinationOptions : Protocol;
        packet[7] = TimeToLive;
        BinaryPrimitives.WriteUInt128BigEndian(packet.AsSpan(8), Ipv6Address.Parse(Ipv6Source).Value);
        BinaryPrimitives.WriteUInt128BigEndian(packet.AsSpan(24), Ipv6Address.Parse(Ipv6Destination).Value);
        if (IpOptions.Length == 0)
            return;

        IpOptions.CopyTo(packet, 40);
        packet[40] = Protocol;
        packet[41] = (byte)((IpOptions.Length / 8) - 1);
    }
}

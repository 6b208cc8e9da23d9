using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// A TCP or UDP packet as the kernel hands it over with TSO or USO: one header, and the payload of many segments behind it. Cut up
/// here as the kernel itself would (linux net/ipv4/tcp_offload.c, udp_offload.c): lengths, IPv4 ids and sequence numbers of their
/// own, FIN and PSH on the last segment only, CWR on the first only.
/// </summary>
internal readonly ref struct SuperPacket
{
    private readonly Span<byte> _bytes;
    private readonly int _ipHeaderLength;
    private readonly bool _isIpv6;
    private readonly bool _isTcp;
    private readonly uint _ipSum;
    private readonly uint _transportSum;

    private SuperPacket(PacketView packet, int ipHeaderLength, int headerLength, int segmentPayload, bool isTcp)
    {
        Span<byte> bytes = packet.Bytes;
        _bytes = bytes;
        _ipHeaderLength = ipHeaderLength;
        _isIpv6 = packet.IsIpv6;
        _isTcp = isTcp;
        _ipSum = _isIpv6 ? 0 : IpSum(bytes[..ipHeaderLength]);
        ReadOnlySpan<byte> transport = bytes[ipHeaderLength..];
        uint pseudoSum = ipHeaderLength == packet.HeaderLength
            ? TransportView.PseudoHeaderSum(bytes[..ipHeaderLength], 0)
            : ToldPseudoHeaderSum(transport, isTcp);
        _transportSum = pseudoSum + TransportSum(transport[..(headerLength - ipHeaderLength)], isTcp);
        HeaderLength = headerLength;
        SegmentPayload = segmentPayload;
        Count = Math.Max(1, (bytes.Length - headerLength + segmentPayload - 1) / segmentPayload);
    }

    /// <summary>Bytes of the IP and transport headers, with their options; each segment gets them.</summary>
    public int HeaderLength { get; }

    /// <summary>Bytes of payload in each segment but the last, which may have fewer.</summary>
    public int SegmentPayload { get; }

    /// <summary>Segments, 1 or more.</summary>
    public int Count { get; }

    /// <summary>Segments with the full payload, at the front.</summary>
    public int WholeCount => (_bytes.Length - HeaderLength) / SegmentPayload;

    /// <summary>As how many packets one counts: what a super-packet would have been cut into, and 1 for any other.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="header">What the kernel said about it.</param>
    public static int Segments(PacketView packet, VirtioHeader header) =>
        header.Type != SegmentationType.None && TryParse(packet, header, out SuperPacket super) == DropReason.None ? super.Count : 1;

    /// <summary>Looks at a packet as a super-packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="header">What the kernel said about it.</param>
    /// <param name="super">The super-packet.</param>
    /// <returns><see cref="DropReason.None"/>, or why it cannot be cut up.</returns>
    public static DropReason TryParse(PacketView packet, VirtioHeader header, out SuperPacket super)
    {
        super = default;
        bool isTcp = header.Type == (packet.IsIpv6 ? SegmentationType.TcpV6 : SegmentationType.TcpV4);
        byte expected = isTcp ? TransportView.Tcp : TransportView.Udp;
        if ((!isTcp && header.Type != SegmentationType.Udp) || header.SegmentSize == 0)
            return DropReason.Malformed;

        byte protocol = packet.Protocol;
        ReadOnlySpan<byte> payload = packet.Bytes[packet.HeaderLength..];
        if (packet.IsIpv6 && protocol != expected && !Ipv6Payload.TryFind(packet.Bytes, out protocol, out payload))
            return DropReason.Malformed;

        if (protocol != expected || (!packet.IsIpv6 && packet.IsFragment))
            return DropReason.Malformed;

        // The kernel's own idea of the header length is a hint only; what counts is what the packet says.
        int transport = TransportView.HeaderLengthOf(payload, protocol);
        if (transport == 0)
            return DropReason.Malformed;

        int ipHeaderLength = packet.Bytes.Length - payload.Length;
        super = new SuperPacket(packet, ipHeaderLength, ipHeaderLength + transport, header.SegmentSize, isTcp);
        return DropReason.None;
    }

    /// <summary>Bytes of a segment with its headers.</summary>
    public int LengthOf(int index) =>
        HeaderLength + Math.Min(SegmentPayload, _bytes.Length - HeaderLength - (index * SegmentPayload));

    /// <summary>Writes a segment, with all its checksums.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <param name="segment">Room of exactly <see cref="LengthOf"/> bytes.</param>
    public void Write(int index, Span<byte> segment)
    {
        _bytes[..HeaderLength].CopyTo(segment);
        if (_isIpv6)
            BinaryPrimitives.WriteUInt16BigEndian(segment[Ipv6Header.PayloadLengthAt..], (ushort)(segment.Length - Ipv6Header.Length));
        else
            FinishIpv4(index, segment);

        int start = index * SegmentPayload;
        ReadOnlySpan<byte> payload = _bytes.Slice(HeaderLength + start, segment.Length - HeaderLength);
        Span<byte> transport = segment[_ipHeaderLength..];
        uint headerSum = _transportSum + (uint)transport.Length;
        if (_isTcp)
            WriteTcp(index, transport, payload, segment[HeaderLength..], headerSum);
        else
            WriteUdp(transport, payload, segment[HeaderLength..], headerSum);
    }

    private void FinishIpv4(int index, Span<byte> segment)
    {
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], (ushort)segment.Length);
        ushort id = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]) + index);
        BinaryPrimitives.WriteUInt16BigEndian(segment[4..], id);
        uint ipSum = _ipSum + (uint)segment.Length + id + BinaryPrimitives.ReadUInt16BigEndian(_bytes[8..]);
        BinaryPrimitives.WriteUInt16BigEndian(segment[10..], (ushort)~InternetChecksum.Fold(ipSum));
    }

    private void WriteTcp(int index, Span<byte> header, ReadOnlySpan<byte> payload, Span<byte> target, uint headerSum)
    {
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(header[4..]) + (uint)(index * SegmentPayload);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], sequence);

        byte flags = header[13];
        if (index > 0)
            flags &= unchecked((byte)~TransportView.CwrFlag);

        if (index < Count - 1)
            flags &= unchecked((byte)~(TransportView.FinFlag | TransportView.PshFlag));

        header[13] = flags;
        headerSum += (sequence >> 16) + (sequence & 0xFFFF) + flags;
        ushort sum = InternetChecksum.CopyAndSum(payload, target, InternetChecksum.Fold(headerSum));
        BinaryPrimitives.WriteUInt16BigEndian(header[16..], (ushort)~sum);
    }

    private static void WriteUdp(Span<byte> header, ReadOnlySpan<byte> payload, Span<byte> target, uint headerSum)
    {
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)header.Length);
        headerSum += (uint)header.Length;
        ushort sum = InternetChecksum.CopyAndSum(payload, target, InternetChecksum.Fold(headerSum));
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], TransportView.UdpChecksum(sum));
    }

    /// <summary>
    /// The IP header's sum without what differs between segments, length and id, without what still changes, the time to live
    /// with the protocol beside it, and without the checksum itself.
    /// </summary>
    private static uint IpSum(ReadOnlySpan<byte> header) => (uint)InternetChecksum.Sum(header[..2])
        + InternetChecksum.Sum(header[6..8])
        + InternetChecksum.Sum(header[12..]);

    /// <summary>
    /// The sum of the pseudo-header as the kernel has left it in the checksum field, without the length. With IPv6 extension headers
    /// it is not for us to know: a routing header says elsewhere whom the packet is for in the end (RFC 8200 section 8.1).
    /// </summary>
    private static uint ToldPseudoHeaderSum(ReadOnlySpan<byte> transport, bool isTcp) =>
        (uint)BinaryPrimitives.ReadUInt16BigEndian(transport[(isTcp ? 16 : 6)..]) + (ushort)~transport.Length;

    /// <summary>
    /// The sum of the transport header without what differs between segments: length, sequence number, TCP's flags, and the
    /// checksum itself.
    /// </summary>
    private static uint TransportSum(ReadOnlySpan<byte> transport, bool isTcp)
    {
        uint ports = InternetChecksum.Sum(transport[..4]);
        return !isTcp
            ? ports
            : ports
                + InternetChecksum.Sum(transport[8..12])
                + ((uint)transport[12] << 8)
                + InternetChecksum.Sum(transport[14..16])
                + InternetChecksum.Sum(transport[18..]);
    }
}

using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// An IPv4 (RFC 791) or IPv6 (RFC 8200) packet seen through the bytes of the buffer it lies in. A ref struct, so that no packet
/// outlives its buffer.
/// </summary>
public readonly ref struct PacketView
{
    /// <summary>Bytes of an IPv4 header without options.</summary>
    public const int MinimumHeaderLength = 20;

    private const ushort DoNotFragmentBit = 0x4000;
    private const ushort MoreFragmentsBit = 0x2000;
    private const ushort FragmentOffsetMask = 0x1FFF;

    private PacketView(Span<byte> bytes, int headerLength, bool isIpv6)
    {
        Bytes = bytes;
        HeaderLength = headerLength;
        IsIpv6 = isIpv6;
    }

    /// <summary>The whole packet.</summary>
    public Span<byte> Bytes { get; }

    /// <summary>Bytes of the header: with its options 20 to 60, and of IPv6 the 40 of the fixed one.</summary>
    public int HeaderLength { get; }

    /// <summary>Whether it is IPv6 and not IPv4.</summary>
    public bool IsIpv6 { get; }

    /// <summary>Hops the packet may still take.</summary>
    public byte TimeToLive => Bytes[IsIpv6 ? Ipv6Header.HopLimitAt : 8];

    /// <summary>The IP protocol number; of IPv6 with extension headers the first one's.</summary>
    public byte Protocol => Bytes[IsIpv6 ? Ipv6Header.NextHeaderAt : 9];

    /// <summary>Who sent it, of IPv4.</summary>
    public Ipv4Address Source => new(BinaryPrimitives.ReadUInt32BigEndian(Bytes[12..]));

    /// <summary>Whom it is for, of IPv4.</summary>
    public Ipv4Address Destination => new(BinaryPrimitives.ReadUInt32BigEndian(Bytes[16..]));

    /// <summary>Who sent it, of IPv6.</summary>
    public Ipv6Address Ipv6Source => Ipv6Header.Source(Bytes);

    /// <summary>Whom it is for, of IPv6.</summary>
    public Ipv6Address Ipv6Destination => Ipv6Header.Destination(Bytes);

    /// <summary>Whether routers must not fragment it, as no IPv6 packet.</summary>
    public bool DoNotFragment => IsIpv6 || (BinaryPrimitives.ReadUInt16BigEndian(Bytes[6..]) & DoNotFragmentBit) != 0;

    /// <summary>Whether it is a fragment, the first or a later one, of IPv4.</summary>
    public bool IsFragment => (BinaryPrimitives.ReadUInt16BigEndian(Bytes[6..]) & (MoreFragmentsBit | FragmentOffsetMask)) != 0;

    /// <summary>Whether it is a fragment other than the first, of IPv4.</summary>
    public bool IsLaterFragment => (BinaryPrimitives.ReadUInt16BigEndian(Bytes[6..]) & FragmentOffsetMask) != 0;

    /// <summary>Whether the header's checksum is right; IPv6 has none.</summary>
    public bool HasValidChecksum => IsIpv6 || InternetChecksum.Sum(Bytes[..HeaderLength]) == 0xFFFF;

    /// <summary>Looks at what was received as an IPv4 packet.</summary>
    /// <inheritdoc cref="TryParse(Span{byte}, bool, out PacketView)"/>
    public static DropReason TryParse(Span<byte> bytes, out PacketView packet) => TryParse(bytes, carriesIpv6: false, out packet);

    /// <summary>Looks at what was received as a packet.</summary>
    /// <param name="bytes">Exactly one packet: its total length must be the span's.</param>
    /// <param name="carriesIpv6">Whether it may be an IPv6 packet.</param>
    /// <param name="packet">The packet.</param>
    /// <returns><see cref="DropReason.None"/>, or why this is no packet that can be forwarded.</returns>
    public static DropReason TryParse(Span<byte> bytes, bool carriesIpv6, out PacketView packet)
    {
        packet = default;
        if (bytes.Length == 0)
            return DropReason.Truncated;

        if (bytes[0] >> 4 != 4)
            return carriesIpv6 && bytes[0] >> 4 == 6 ? TryParseIpv6(bytes, out packet) : DropReason.NotIpv4;

        if (bytes.Length < MinimumHeaderLength)
            return DropReason.Truncated;

        int headerLength = (bytes[0] & 0xF) * 4;
        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (headerLength < MinimumHeaderLength || totalLength < headerLength)
            return DropReason.Malformed;

        if (totalLength != bytes.Length)
            return totalLength > bytes.Length ? DropReason.Truncated : DropReason.Malformed;

        packet = new PacketView(bytes, headerLength, isIpv6: false);
        return DropReason.None;
    }

    /// <summary>
    /// Takes one hop off the time to live and patches IPv4's checksum. The caller has made sure that at least one remains.
    /// </summary>
    public void DecrementTimeToLive()
    {
        if (IsIpv6)
        {
            Bytes[Ipv6Header.HopLimitAt]--;
            return;
        }

        ushort before = BinaryPrimitives.ReadUInt16BigEndian(Bytes[8..]);
        ushort after = (ushort)(before - 0x0100);
        ushort checksum = BinaryPrimitives.ReadUInt16BigEndian(Bytes[10..]);
        BinaryPrimitives.WriteUInt16BigEndian(Bytes[8..], after);
        BinaryPrimitives.WriteUInt16BigEndian(Bytes[10..], InternetChecksum.Update(checksum, before, after));
    }

    private static DropReason TryParseIpv6(Span<byte> bytes, out PacketView packet)
    {
        DropReason problem = Ipv6Header.Check(bytes);
        packet = problem == DropReason.None ? new PacketView(bytes, Ipv6Header.Length, isIpv6: true) : default;
        return problem;
    }
}

using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// An IPv4 packet (RFC 791) seen through the bytes of the buffer it lies in. A ref struct, so that no packet outlives its buffer.
/// </summary>
public readonly ref struct PacketView
{
    /// <summary>Bytes of a header without options.</summary>
    public const int MinimumHeaderLength = 20;

    private const ushort DoNotFragmentBit = 0x4000;
    private const ushort MoreFragmentsBit = 0x2000;
    private const ushort FragmentOffsetMask = 0x1FFF;

    private PacketView(Span<byte> bytes, int headerLength)
    {
        Bytes = bytes;
        HeaderLength = headerLength;
    }

    /// <summary>The whole packet.</summary>
    public Span<byte> Bytes { get; }

    /// <summary>Bytes of the header with its options, 20 to 60.</summary>
    public int HeaderLength { get; }

    /// <summary>Hops the packet may still take.</summary>
    public byte TimeToLive => Bytes[8];

    /// <summary>The IP protocol number.</summary>
    public byte Protocol => Bytes[9];

    /// <summary>Who sent it.</summary>
    public Ipv4Address Source => new(BinaryPrimitives.ReadUInt32BigEndian(Bytes[12..]));

    /// <summary>Whom it is for.</summary>
    public Ipv4Address Destination => new(BinaryPrimitives.ReadUInt32BigEndian(Bytes[16..]));

    /// <summary>Whether routers must not fragment it.</summary>
    public bool DoNotFragment => (BinaryPrimitives.ReadUInt16BigEndian(Bytes[6..]) & DoNotFragmentBit) != 0;

    /// <summary>Whether it is a fragment, the first or a later one.</summary>
    public bool IsFragment => (BinaryPrimitives.ReadUInt16BigEndian(Bytes[6..]) & (MoreFragmentsBit | FragmentOffsetMask)) != 0;

    /// <summary>Whether it is a fragment other than the first.</summary>
    public bool IsLaterFragment => (BinaryPrimitives.ReadUInt16BigEndian(Bytes[6..]) & FragmentOffsetMask) != 0;

    /// <summary>Whether the header's checksum is right.</summary>
    public bool HasValidChecksum => InternetChecksum.Sum(Bytes[..HeaderLength]) == 0xFFFF;

    /// <summary>Looks at what was received as a packet.</summary>
    /// <param name="bytes">Exactly one packet: its total length must be the span's.</param>
    /// <param name="packet">The packet.</param>
    /// <returns><see cref="DropReason.None"/>, or why this is no packet that can be forwarded.</returns>
    public static DropReason TryParse(Span<byte> bytes, out PacketView packet)
    {
        packet = default;
        if (bytes.Length == 0)
            return DropReason.Truncated;

        if (bytes[0] >> 4 != 4)
            return DropReason.NotIpv4;

        if (bytes.Length < MinimumHeaderLength)
            return DropReason.Truncated;

        int headerLength = (bytes[0] & 0xF) * 4;
        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (headerLength < MinimumHeaderLength || totalLength < headerLength)
            return DropReason.Malformed;

        if (totalLength != bytes.Length)
            return totalLength > bytes.Length ? DropReason.Truncated : DropReason.Malformed;

        packet = new PacketView(bytes, headerLength);
        return DropReason.None;
    }

    /// <summary>
    /// Takes one hop off the time to live and patches the checksum. The caller has made sure that at least one remains.
    /// </summary>
    public void DecrementTimeToLive()
    {
        ushort before = BinaryPrimitives.ReadUInt16BigEndian(Bytes[8..]);
        ushort after = (ushort)(before - 0x0100);
        ushort checksum = BinaryPrimitives.ReadUInt16BigEndian(Bytes[10..]);
        BinaryPrimitives.WriteUInt16BigEndian(Bytes[8..], after);
        BinaryPrimitives.WriteUInt16BigEndian(Bytes[10..], InternetChecksum.Update(checksum, before, after));
    }
}

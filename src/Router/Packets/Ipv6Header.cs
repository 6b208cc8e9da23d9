using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>The fixed header of an IPv6 packet (RFC 8200 section 3). There is no checksum in it, and nothing about fragments.</summary>
internal static class Ipv6Header
{
    /// <summary>Bytes.</summary>
    public const int Length = 40;

    /// <summary>What every link and every path takes (RFC 8200 section 5).</summary>
    public const int MinimumMtu = 1280;

    /// <summary>Where the number of bytes behind the header is.</summary>
    public const int PayloadLengthAt = 4;

    /// <summary>Where the protocol is, or the kind of the first extension header.</summary>
    public const int NextHeaderAt = 6;

    /// <summary>Where the hops are that the packet may still take.</summary>
    public const int HopLimitAt = 7;

    /// <summary>Where the source is, and behind it the destination.</summary>
    public const int AddressesAt = 8;

    private const int AddressLength = 16;

    /// <summary>Who sent a packet.</summary>
    public static Ipv6Address Source(ReadOnlySpan<byte> packet) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(packet[AddressesAt..]));

    /// <summary>Whom a packet is for.</summary>
    public static Ipv6Address Destination(ReadOnlySpan<byte> packet) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(packet[(AddressesAt + AddressLength)..]));

    /// <summary>The sum of the pseudo-header (RFC 8200 section 8.1), to go on from with the transport header.</summary>
    /// <param name="header">An IPv6 header, right behind which the transport header comes.</param>
    /// <param name="length">Bytes of transport header and payload.</param>
    public static ushort PseudoHeaderSum(ReadOnlySpan<byte> header, int length) => InternetChecksum.Fold(
        InternetChecksum.Sum(header.Slice(AddressesAt, 2 * AddressLength)) + (uint)header[NextHeaderAt] + (uint)length);

    /// <summary>Whether what was received is a packet that a router may forward.</summary>
    /// <param name="bytes">Exactly one packet, of version 6.</param>
    /// <returns><see cref="DropReason.None"/>, or why not.</returns>
    public static DropReason Check(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Length)
            return DropReason.Truncated;

        // Also of a jumbogram, whose length is 0 here: no device asks for them, and no datagram takes one.
        int totalLength = Length + BinaryPrimitives.ReadUInt16BigEndian(bytes[PayloadLengthAt..]);
        if (totalLength != bytes.Length)
            return totalLength > bytes.Length ? DropReason.Truncated : DropReason.Malformed;

        ReadOnlySpan<byte> addresses = bytes[AddressesAt..];
        return IsBeyondTheLink(addresses) && IsBeyondTheLink(addresses[AddressLength..]) ? DropReason.None : DropReason.OutOfScope;
    }

    /// <summary>Not unspecified, loopback, link-local or multicast: of these no router forwards any (RFC 4291).</summary>
    private static bool IsBeyondTheLink(ReadOnlySpan<byte> address)
    {
        const ulong LinkLocal = 0xFE80 >> 6;
        ulong high = BinaryPrimitives.ReadUInt64BigEndian(address);
        return high != 0
            ? high >> 56 != 0xFF && high >> 54 != LinkLocal
            : BinaryPrimitives.ReadUInt64BigEndian(address[sizeof(ulong)..]) > 1;
    }
}

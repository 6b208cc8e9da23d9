using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>Writes ICMPv6 errors, and knows when none may be sent (RFC 4443 section 2.4).</summary>
public static class Icmpv6Reply
{
    /// <summary>Bytes of the longest reply: it quotes of the packet what fits into what every path takes.</summary>
    public const int MaximumLength = Ipv6Header.MinimumMtu;

    private const byte Icmpv6 = 58;
    private const byte FirstQuery = 128;
    private const byte Redirect = 137;
    private const byte HopLimit = 64;
    private const int IcmpHeaderLength = 8;

    /// <summary>Writes the reply to a packet.</summary>
    /// <param name="reply">Room for it, <see cref="MaximumLength"/> bytes.</param>
    /// <param name="offender">An IPv6 packet, as it came.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="source">The router's own address.</param>
    /// <returns>The reply's length in bytes; 0 when no reply may be sent.</returns>
    public static int Write(Span<byte> reply, PacketView offender, IcmpError error, Ipv6Address source)
    {
        if (!MayAnswer(offender.Bytes))
            return 0;

        int quoted = Math.Min(offender.Bytes.Length, MaximumLength - Ipv6Header.Length - IcmpHeaderLength);
        int messageLength = IcmpHeaderLength + quoted;
        Span<byte> header = reply[..Ipv6Header.Length];
        Span<byte> message = reply.Slice(Ipv6Header.Length, messageLength);

        header.Clear();
        header[0] = 0x60; // version 6
        BinaryPrimitives.WriteUInt16BigEndian(header[Ipv6Header.PayloadLengthAt..], (ushort)messageLength);
        header[Ipv6Header.NextHeaderAt] = Icmpv6;
        header[Ipv6Header.HopLimitAt] = HopLimit;
        BinaryPrimitives.WriteUInt128BigEndian(header[Ipv6Header.AddressesAt..], source.Value);
        BinaryPrimitives.WriteUInt128BigEndian(header[(Ipv6Header.AddressesAt + 16)..], offender.Ipv6Source.Value);

        message[..IcmpHeaderLength].Clear();
        message[0] = error.Ipv6Type;
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], error.NextHopMtu);
        offender.Bytes[..quoted].CopyTo(message[IcmpHeaderLength..]);
        ushort sum = InternetChecksum.Sum(message, Ipv6Header.PseudoHeaderSum(header, messageLength));
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)~sum);
        return Ipv6Header.Length + messageLength;
    }

    /// <summary>
    /// An error about an error could go round for ever, and what cannot be told from one is taken for one. That source and
    /// destination are single hosts was seen when the packet was parsed.
    /// </summary>
    private static bool MayAnswer(ReadOnlySpan<byte> offender) =>
        Ipv6Payload.TryFind(offender, out byte protocol, out ReadOnlySpan<byte> payload)
        && (protocol != Icmpv6 || (payload.Length > 0 && payload[0] is >= FirstQuery and not Redirect));
}

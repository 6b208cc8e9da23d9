using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>Writes ICMP errors, and knows when none may be sent (RFC 1812 section 4.3.2.7).</summary>
public static class IcmpReply
{
    /// <summary>Bytes of the longest reply of either family. Those of IPv4 quote the packet's header and 8 bytes more.</summary>
    public const int MaximumLength = Icmpv6Reply.MaximumLength;

    private const int IcmpHeaderLength = 8;
    private const int QuotedPayload = 8;
    private const byte IcmpProtocol = 1;

    /// <summary>Writes the reply to a packet of either family, from the router's own address.</summary>
    /// <inheritdoc cref="Write(Span{byte}, PacketView, IcmpError, Ipv4Address)"/>
    /// <param name="reply"/><param name="offender"/><param name="error"/>
    /// <param name="settings">Where the router's addresses are.</param>
    public static int Write(Span<byte> reply, PacketView offender, IcmpError error, RouterSettings settings) => offender.IsIpv6
        ? Icmpv6Reply.Write(reply, offender, error, settings.TunIpv6Address.GetValueOrDefault())
        : Write(reply, offender, error, settings.TunAddress);

    /// <summary>Writes the reply to an IPv4 packet.</summary>
    /// <param name="reply">Room for it, <see cref="MaximumLength"/> bytes.</param>
    /// <param name="offender">The packet, as it came.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="source">The router's own address.</param>
    /// <returns>The reply's length in bytes; 0 when no reply may be sent.</returns>
    public static int Write(Span<byte> reply, PacketView offender, IcmpError error, Ipv4Address source)
    {
        if (!MayAnswer(offender, error))
            return 0;

        int quoted = Math.Min(offender.HeaderLength + QuotedPayload, offender.Bytes.Length);
        int length = PacketView.MinimumHeaderLength + IcmpHeaderLength + quoted;
        Span<byte> header = reply[..PacketView.MinimumHeaderLength];
        Span<byte> message = reply[PacketView.MinimumHeaderLength..length];

        header.Clear();
        header[0] = 0x45; // version 4, five words
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
        header[8] = error.TimeToLive;
        header[9] = IcmpProtocol;
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], source.Value);
        BinaryPrimitives.WriteUInt32BigEndian(header[16..], offender.Source.Value);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Compute(header));

        message[..IcmpHeaderLength].Clear();
        message[0] = error.Type;
        message[1] = error.Code;
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], error.NextHopMtu);
        offender.Bytes[..quoted].CopyTo(message[IcmpHeaderLength..]);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Compute(message));
        return length;
    }

    private static bool MayAnswer(PacketView offender, IcmpError error)
    {
        if (offender.IsLaterFragment || !IsSingleHost(offender.Source) || !IsSingleHost(offender.Destination))
            return false;

        if (offender.Protocol != IcmpProtocol)
            return true;

        // An error about an error could go round for ever; a query such as ping's may be answered. A cut-off ICMP packet could
        // be either.
        ReadOnlySpan<byte> payload = offender.Bytes[offender.HeaderLength..];
        return !error.SparesAllIcmp && payload.Length > 0 && payload[0] is 0 or 8 or 13 or 14 or 15 or 16 or 17 or 18;
    }

    /// <summary>Not 0.0.0.0/8, loopback, multicast, reserved or broadcast.</summary>
    private static bool IsSingleHost(Ipv4Address address) => (address.Value >> 24) is not (0 or 127 or >= 224);
}

using System.Net;
using FastFlannel.Router;

namespace FastFlannel.Fuzz.Tests;

/// <summary>A second reading of packets, as slow and as plain as can be.</summary>
internal static class NaivePacket
{
    /// <summary>What <see cref="PacketView"/> is to say.</summary>
    public static DropReason Verdict(ReadOnlySpan<byte> bytes, bool carriesIpv6)
    {
        if (bytes.Length == 0)
            return DropReason.Truncated;

        int version = bytes[0] / 16;
        if (version == 6 && carriesIpv6)
            return Ipv6Verdict(bytes);

        if (version != 4)
            return DropReason.NotIpv4;

        if (bytes.Length < 20)
            return DropReason.Truncated;

        int header = bytes[0] % 16 * 4;
        int total = (bytes[2] * 256) + bytes[3];
        if (header < 20 || total < header)
            return DropReason.Malformed;

        return total == bytes.Length ? DropReason.None : total > bytes.Length ? DropReason.Truncated : DropReason.Malformed;
    }

    /// <summary>Protocol and payload behind IPv6's extension headers; null where they cannot be told. RFC 8200 section 4.</summary>
    public static (byte Protocol, int Start)? Ipv6Payload(ReadOnlySpan<byte> packet)
    {
        (int protocol, int at) = (packet[6], 40);
        for (int headers = 0; protocol is 0 or 43 or 44 or 51 or 60; headers++)
        {
            if (headers == 8 || packet.Length - at < 8)
                return null;

            int length = protocol == 44 ? 8 : protocol == 51 ? 8 + (packet[at + 1] * 4) : 8 + (packet[at + 1] * 8);
            if (length > packet.Length - at)
                return null;

            bool isLater = protocol == 44 && (packet[at + 2] * 256) + packet[at + 3] >= 8;
            protocol = packet[at];
            at = isLater ? packet.Length : at + length;
        }

        return ((byte)protocol, at);
    }

    private static DropReason Ipv6Verdict(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 40)
            return DropReason.Truncated;

        int total = 40 + (bytes[4] * 256) + bytes[5];
        if (total != bytes.Length)
            return total > bytes.Length ? DropReason.Truncated : DropReason.Malformed;

        return StaysHere(bytes[8..24]) || StaysHere(bytes[24..40]) ? DropReason.OutOfScope : DropReason.None;
    }

    private static bool StaysHere(ReadOnlySpan<byte> bytes)
    {
        var address = new IPAddress(bytes);
        return address.Equals(IPAddress.IPv6Any) || address.Equals(IPAddress.IPv6Loopback)
            || address.IsIPv6LinkLocal || address.IsIPv6Multicast;
    }
}

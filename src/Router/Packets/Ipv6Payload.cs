namespace FastFlannel.Router;

/// <summary>
/// What an IPv6 packet carries behind its extension headers (RFC 8200 section 4). Not for the fast path, on which a packet with
/// extension headers is one of no known protocol.
/// </summary>
internal static class Ipv6Payload
{
    private const byte HopByHop = 0, Routing = 43, Fragment = 44, Authentication = 51, Destination = 60;
    private const int MinimumHeader = 8;

    // More than the standard recommends anybody to send; a packet of nothing but headers is not worth the time.
    private const int MaximumHeaders = 8;

    /// <summary>Finds it.</summary>
    /// <param name="packet">A whole packet.</param>
    /// <param name="protocol">Its protocol.</param>
    /// <param name="payload">The beginning of what it carries and all that follows; empty in a fragment other than the first.</param>
    /// <returns>False where it cannot be told: headers are cut off, too many, or in an earlier fragment.</returns>
    public static bool TryFind(ReadOnlySpan<byte> packet, out byte protocol, out ReadOnlySpan<byte> payload)
    {
        protocol = packet[Ipv6Header.NextHeaderAt];
        payload = packet[Ipv6Header.Length..];
        for (int i = 0; i < MaximumHeaders && IsExtension(protocol); i++)
        {
            if (payload.Length < MinimumHeader)
                return false;

            bool isLaterFragment = protocol == Fragment && ((payload[2] << 8) | payload[3]) >> 3 != 0;
            int length = LengthOf(protocol, payload[1]);
            if (length > payload.Length)
                return false;

            protocol = payload[0];
            payload = isLaterFragment ? default : payload[length..];
        }

        return !IsExtension(protocol);
    }

    private static bool IsExtension(byte protocol) => protocol is HopByHop or Routing or Fragment or Authentication or Destination;

    /// <param name="header">Which header.</param>
    /// <param name="told">What its second byte says.</param>
    private static int LengthOf(byte header, byte told) => header switch
    {
        Fragment => MinimumHeader,
        Authentication => (told + 2) * 4, // RFC 4302
        _ => (told + 1) * 8,
    };
}

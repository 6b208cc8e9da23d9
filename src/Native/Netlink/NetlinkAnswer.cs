using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static FastFlannel.Native.NetlinkAbi;

namespace FastFlannel.Native;

/// <summary>How a request ended: the kernel's acknowledgement, or the end of a dump.</summary>
/// <param name="Errno">0 when it succeeded.</param>
/// <param name="Detail">The kernel's own words about the error and the attribute at fault (extended acknowledgement), if any.</param>
internal readonly record struct NetlinkAnswer(int Errno, string? Detail)
{
    /// <summary>Whether a message ends the exchange rather than carrying an object.</summary>
    public static bool Ends(in NetlinkHeader header) => header.Type is NLMSG_ERROR or NLMSG_DONE;

    /// <summary>Reads the NLMSG_ERROR or NLMSG_DONE that ends an exchange.</summary>
    /// <param name="message">The answer.</param>
    /// <param name="request">What it answers; the kernel points into it.</param>
    public static NetlinkAnswer Read(NetlinkMessage message, ReadOnlySpan<byte> request)
    {
        // Both start with the negated errno; some kernels end a dump without it.
        if (!MemoryMarshal.TryRead(message.Body, out int error) || error >= 0)
            return default;

        return new NetlinkAnswer(-error, ReadDetail(AttributesOf(message), request));
    }

    private static string? ReadDetail(NetlinkAttributes attributes, ReadOnlySpan<byte> request)
    {
        List<string> parts = [];
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case NLMSGERR_ATTR_MSG:
                    parts.Add(attribute.ToText());
                    break;
                case NLMSGERR_ATTR_OFFS when AttributeNames.At(request, attribute.ToUInt32()) is { } name:
                    parts.Add($"at {name}");
                    break;
                case NLMSGERR_ATTR_MISS_TYPE:
                    parts.Add($"attribute {attribute.ToUInt32()} is missing");
                    break;
            }
        }

        return parts.Count == 0 ? null : string.Join(", ", parts);
    }

    private static NetlinkAttributes AttributesOf(NetlinkMessage message)
    {
        if ((message.Header.Flags & NLM_F_ACK_TLVS) == 0)
            return default;

        ReadOnlySpan<byte> rest = message.Body[sizeof(int)..];
        if (message.Header.Type == NLMSG_ERROR)
        {
            // struct nlmsgerr repeats the request: its header alone if capped, else all of it.
            if (!MemoryMarshal.TryRead(rest, out NetlinkHeader repeated))
                return default;

            bool isCapped = (message.Header.Flags & NLM_F_CAPPED) != 0;
            uint length = isCapped ? (uint)Unsafe.SizeOf<NetlinkHeader>() : repeated.Length;
            if (length > rest.Length)
                return default;

            rest = rest[Math.Min(Align((int)length), rest.Length)..];
        }

        return new NetlinkAttributes(rest);
    }
}

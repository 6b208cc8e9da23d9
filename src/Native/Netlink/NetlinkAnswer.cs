using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>How a request ended: the kernel's acknowledgement, or the end of a dump.</summary>
/// <param name="Errno">0 when it succeeded.</param>
/// <param name="Detail">The kernel's own words about the error (extended acknowledgement), if it gave any.</param>
internal readonly record struct NetlinkAnswer(int Errno, string? Detail)
{
    /// <summary>Whether a message ends the exchange rather than carrying an object.</summary>
    public static bool Ends(in NetlinkHeader header) => header.Type is NetlinkAbi.NLMSG_ERROR or NetlinkAbi.NLMSG_DONE;

    /// <summary>Reads the NLMSG_ERROR or NLMSG_DONE that ends an exchange.</summary>
    public static NetlinkAnswer Read(NetlinkMessage message)
    {
        // Both start with the negated errno; some kernels end a dump without it.
        if (!MemoryMarshal.TryRead(message.Body, out int error) || error >= 0)
            return default;

        return new NetlinkAnswer(-error, ReadDetail(message));
    }

    private static string? ReadDetail(NetlinkMessage message)
    {
        if ((message.Header.Flags & NetlinkAbi.NLM_F_ACK_TLVS) == 0)
            return null;

        ReadOnlySpan<byte> rest = message.Body[sizeof(int)..];
        if (message.Header.Type == NetlinkAbi.NLMSG_ERROR)
        {
            // struct nlmsgerr repeats the request: its header alone if capped, else all of it.
            if (!MemoryMarshal.TryRead(rest, out NetlinkHeader request))
                return null;

            bool isCapped = (message.Header.Flags & NetlinkAbi.NLM_F_CAPPED) != 0;
            uint repeated = isCapped ? (uint)Unsafe.SizeOf<NetlinkHeader>() : request.Length;
            if (repeated > rest.Length)
                return null;

            rest = rest[Math.Min(NetlinkAbi.Align((int)repeated), rest.Length)..];
        }

        foreach (NetlinkAttribute attribute in new NetlinkAttributes(rest))
        {
            if (attribute.Type == NetlinkAbi.NLMSGERR_ATTR_MSG)
                return attribute.ToText();
        }

        return null;
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Net;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

/// <summary>Entries of a device's own forwarding database as netlink messages.</summary>
internal static class FdbMessages
{
    /// <summary>Reads RTM_NEWNEIGH of the bridge family, and leaves out what a bridge knows of the device as its port.</summary>
    public static bool TryParse(NetlinkMessage message, [MaybeNullWhen(false)] out FdbEntry entry)
    {
        entry = null;
        if (message.Header.Type != RTM_NEWNEIGH
            || !message.TryRead(out NeighbourHeader header, out NetlinkAttributes attributes)
            || header.Family != AF_BRIDGE
            || (header.Flags & NTF_SELF) == 0)
        {
            return false;
        }

        IPAddress? destination = null;
        MacAddress? mac = null;
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case NDA_DST:
                    destination = attribute.ToAddress();
                    break;
                case NDA_LLADDR:
                    mac = attribute.ToMacAddress();
                    break;
            }
        }

        if (mac is null)
            return false;

        entry = new FdbEntry(header.LinkIndex, mac.Value, destination, (NeighbourStates)header.State);
        return true;
    }

    /// <summary>Writes what RTM_NEWNEIGH and RTM_DELNEIGH have in common.</summary>
    public static void Write(ref NetlinkWriter writer, FdbEntry entry)
    {
        writer.Append(new NeighbourHeader(
            AF_BRIDGE, LinkIndex: entry.LinkIndex, State: (ushort)entry.State, Flags: NTF_SELF));
        writer.Attribute(NDA_LLADDR, entry.Mac);
        if (entry.Destination is { } destination)
            writer.Attribute(NDA_DST, destination);
    }
}

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
        ushort? port = null;
        int? vni = null;
        int? via = null;
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
                case NDA_PORT:
                    port = attribute.ToPort();
                    break;
                case NDA_VNI:
                    vni = attribute.ToInt32();
                    break;
                case NDA_IFINDEX:
                    via = attribute.ToInt32();
                    break;
            }
        }

        if (mac is null)
            return false;

        entry = new FdbEntry(header.LinkIndex, mac.Value, destination, (NeighbourStates)header.State, port, vni, via);
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

        if (entry.Port is { } port)
            writer.AttributePort(NDA_PORT, port);

        if (entry.Vni is { } vni)
            writer.Attribute(NDA_VNI, (uint)vni);

        if (entry.Via is { } via)
            writer.Attribute(NDA_IFINDEX, (uint)via);
    }
}

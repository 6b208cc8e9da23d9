using System.Diagnostics.CodeAnalysis;
using System.Net;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

/// <summary>Neighbours as netlink messages.</summary>
internal static class NeighbourMessages
{
    /// <summary>Reads RTM_NEWNEIGH of IPv4 or IPv6.</summary>
    public static bool TryParse(NetlinkMessage message, [MaybeNullWhen(false)] out Neighbour neighbour)
    {
        neighbour = null;
        if (message.Header.Type != RTM_NEWNEIGH
            || !message.TryRead(out NeighbourHeader header, out NetlinkAttributes attributes)
            || header.Family is not (AF_INET or AF_INET6))
        {
            return false;
        }

        IPAddress? address = null;
        MacAddress? mac = null;
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case NDA_DST:
                    address = attribute.ToAddress();
                    break;
                case NDA_LLADDR:
                    mac = attribute.ToMacAddress();
                    break;
            }
        }

        if (address is null)
            return false;

        neighbour = new Neighbour(header.LinkIndex, address, mac, (NeighbourStates)header.State);
        return true;
    }

    /// <summary>Writes what RTM_NEWNEIGH and RTM_DELNEIGH have in common.</summary>
    public static void Write(ref NetlinkWriter writer, Neighbour neighbour)
    {
        writer.Append(new NeighbourHeader(
            AddressFamilies.NumberOf(neighbour.Address), LinkIndex: neighbour.LinkIndex, State: (ushort)neighbour.State));
        writer.Attribute(NDA_DST, neighbour.Address);
        if (neighbour.Mac is { } mac)
            writer.Attribute(NDA_LLADDR, mac);
    }
}

using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

/// <summary>What the kernel sends to the groups of rtnetlink, as far as it says where something has changed.</summary>
internal static class RouteEventMessages
{
    /// <summary>Adds the event of each message; what is of another kind or cannot be read is left out.</summary>
    public static void Parse(ReadOnlySpan<byte> datagram, ICollection<RouteEvent> events)
    {
        foreach (NetlinkMessage message in new NetlinkReader(datagram))
        {
            if (TryParse(message, out RouteEvent change))
                events.Add(change);
        }
    }

    private static bool TryParse(NetlinkMessage message, out RouteEvent change)
    {
        ushort type = message.Header.Type;
        change = default;
        switch (type)
        {
            case RTM_NEWLINK or RTM_DELLINK when message.TryRead(out LinkHeader link, out _):
                // A link that leaves a bridge is deleted only from the bridge's point of view.
                bool isGone = type == RTM_DELLINK && link.Family == AF_UNSPEC;
                change = new RouteEvent(RouteEventKind.Link, link.Index, isGone);
                return true;
            case RTM_NEWADDR or RTM_DELADDR when message.TryRead(out AddressHeader address, out _):
                change = new RouteEvent(RouteEventKind.Address, (int)address.LinkIndex, type == RTM_DELADDR);
                return true;
            case RTM_NEWROUTE or RTM_DELROUTE when message.TryRead(out RouteHeader _, out NetlinkAttributes attributes):
                change = new RouteEvent(RouteEventKind.Route, LinkOf(attributes), type == RTM_DELROUTE);
                return true;
            case RTM_NEWNEIGH or RTM_DELNEIGH when message.TryRead(out NeighbourHeader neighbour, out _):
                RouteEventKind kind = neighbour.Family == AF_BRIDGE ? RouteEventKind.ForwardingEntry : RouteEventKind.Neighbour;
                change = new RouteEvent(kind, neighbour.LinkIndex, type == RTM_DELNEIGH);
                return true;
            default:
                return false;
        }
    }

    private static int LinkOf(NetlinkAttributes attributes)
    {
        foreach (NetlinkAttribute attribute in attributes)
        {
            if (attribute.Type == RTA_OIF)
                return attribute.ToInt32();
        }

        return 0;
    }
}

using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>Whose datagrams are taken, and what may be in them.</summary>
/// <param name="Check">How much is asked for.</param>
/// <param name="AnyPort">Whether a peer's datagrams may come from any port, because a NAT is in front of it.</param>
/// <param name="Own">This host's subnet, its own overlay address included.</param>
/// <param name="OwnIpv6">The same of IPv6; null where the network has IPv4 alone.</param>
public sealed record PeerRules(PeerCheck Check, bool AnyPort, Ipv4Prefix Own, Ipv6Prefix? OwnIpv6 = null)
{
    /// <summary>Looks at who sent a message, which may hold many datagrams. One hash probe.</summary>
    /// <returns><see cref="DropReason.None"/>, or why none of them is taken.</returns>
    public DropReason Examine(RouteTable routes, Ipv4Endpoint source)
    {
        if (Check == PeerCheck.Off)
            return DropReason.None;

        if (!routes.TryFindPeer(source.Address, out Ipv4Endpoint peer))
            return DropReason.UnknownPeer;

        return AnyPort || peer.Port == source.Port ? DropReason.None : DropReason.WrongPort;
    }

    /// <summary>Looks at a packet of a source that was found good.</summary>
    /// <returns><see cref="DropReason.None"/>, or why it is not taken.</returns>
    public DropReason Examine(RouteTable routes, Ipv4Endpoint source, PacketView packet)
    {
        if (Check == PeerCheck.Off)
            return DropReason.None;

        if (!IsForHere(packet))
            return DropReason.NotForHere;

        return Check == PeerCheck.On || (routes.TryFindSource(packet, out Ipv4Endpoint behind) && behind.Address == source.Address)
            ? DropReason.None
            : DropReason.ForeignSource;
    }

    private bool IsForHere(PacketView packet) => packet.IsIpv6
        ? OwnIpv6 is { } own && own.Contains(packet.Ipv6Destination)
        : Own.Contains(packet.Destination);
}

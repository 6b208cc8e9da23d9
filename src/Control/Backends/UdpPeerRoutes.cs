using FastFlannel.Native;
using FastFlannel.Router;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>Where packets to peers of the udp backend go, by their leases.</summary>
/// <param name="port">The UDP port, the same on every host.</param>
/// <param name="logger">Is told, once each, who takes no IPv6.</param>
internal sealed class UdpPeerRoutes(ushort port, ILogger logger)
{
    private readonly SaidOnce<Subnet> _withoutIpv6 = new();

    /// <summary>Every peer's.</summary>
    public IReadOnlyList<Route> Ipv4(IEnumerable<Lease> peers) =>
        [.. peers.Select(peer => new Route(peer.Subnet.Ipv4, EndpointOf(peer)))];

    /// <summary>Those of the peers that take IPv6 (docs/adr/0011-ipv6-over-udp.md).</summary>
    public IReadOnlyList<Ipv6PeerRoute> Ipv6(IEnumerable<Lease> peers) =>
        [.. peers.Where(TakesIpv6).Select(peer => new Ipv6PeerRoute(peer.Subnet.Ipv6!.Value, EndpointOf(peer)))];

    private Ipv4Endpoint EndpointOf(Lease peer) => new(peer.Attributes.PublicIP, port);

    private bool TakesIpv6(Lease peer)
    {
        if (peer.Subnet.Ipv6 is not null && Ipv6Offer.IsMadeBy(peer.Attributes))
            return true;

        if (_withoutIpv6.IsNew(peer.Subnet))
            logger.PeerWithoutIpv6(peer.Attributes.PublicIP, peer.Subnet);

        return false;
    }
}

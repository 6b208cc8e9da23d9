using FastFlannel.Native;
using FastFlannel.Router;

namespace FastFlannel.Control;

/// <summary>What the maps of a <see cref="KernelTunnel"/>'s programs have, and how they come to have what they shall.</summary>
internal sealed class KernelTunnelEntries
{
    private readonly Dictionary<Ipv4Prefix, Ipv4Address> _routes = [];
    private readonly HashSet<Ipv4Address> _peers = [];

    // What shall be, while it is compared with what is: kept, because in a storm of changes it is filled many times a second.
    private readonly Dictionary<Ipv4Prefix, Ipv4Address> _wantedRoutes = [];
    private readonly HashSet<Ipv4Address> _wantedPeers = [];

    /// <summary>How many subnets packets are sent to.</summary>
    public int RouteCount => _routes.Count;

    /// <summary>From now on no packet is sent that way.</summary>
    /// <exception cref="SysException">An entry cannot be removed.</exception>
    public void RemoveRoutes(KernelTunnel tunnel)
    {
        foreach (Ipv4Prefix subnet in _routes.Keys)
            tunnel.RemoveRoute(subnet);
    }

    /// <summary>The maps are gone.</summary>
    public void Forget()
    {
        _routes.Clear();
        _peers.Clear();
    }

    /// <summary>The difference between what shall be and what is. Who may send to us comes first, and goes last.</summary>
    /// <param name="tunnel">Whose entries.</param>
    /// <param name="leased">Peers' subnets.</param>
    /// <param name="announced">Who has a way through the kernel.</param>
    /// <param name="isSending">Whether packets are sent that way, and not taken only.</param>
    /// <exception cref="SysException">An entry cannot be set.</exception>
    public void Apply(
        KernelTunnel tunnel, IReadOnlyCollection<Route> leased, IReadOnlySet<Ipv4Address> announced, bool isSending)
    {
        _wantedRoutes.Clear();
        _wantedPeers.Clear();
        foreach (Route route in leased)
        {
            if (!announced.Contains(route.NextHop.Address))
                continue;

            _ = _wantedPeers.Add(route.NextHop.Address);
            if (isSending)
                _wantedRoutes[route.Subnet] = route.NextHop.Address;
        }

        foreach (Ipv4Address peer in _wantedPeers)
        {
            if (_peers.Add(peer))
                tunnel.AddPeer(peer);
        }

        foreach ((Ipv4Prefix subnet, Ipv4Address peer) in _wantedRoutes)
        {
            if (_routes.TryGetValue(subnet, out Ipv4Address now) && now == peer)
                continue;

            tunnel.SetRoute(subnet, peer);
            _routes[subnet] = peer;
        }

        // Removing while enumerating is allowed.
        foreach (Ipv4Prefix subnet in _routes.Keys)
        {
            if (_wantedRoutes.ContainsKey(subnet))
                continue;

            tunnel.RemoveRoute(subnet);
            _ = _routes.Remove(subnet);
        }

        foreach (Ipv4Address peer in _peers)
        {
            if (_wantedPeers.Contains(peer))
                continue;

            tunnel.RemovePeer(peer);
            _ = _peers.Remove(peer);
        }
    }
}

using FastFlannel.Native;
using FastFlannel.Router;

namespace FastFlannel.Control;

/// <summary>What the maps of a <see cref="KernelTunnel"/>'s programs have, and how they come to have what they shall.</summary>
internal sealed class KernelTunnelEntries
{
    private readonly TunnelMap _routes = new(
        static (tunnel, subnet, peer) => tunnel.SetRoute(subnet, peer), static (tunnel, subnet, _) => tunnel.RemoveRoute(subnet));
    private readonly TunnelMap _senders = new(
        static (tunnel, subnet, peer) => tunnel.SetSender(subnet, peer),
        static (tunnel, subnet, peer) => tunnel.RemoveSender(subnet, peer));

    // What shall be, while it is compared with what is: kept, because in a storm of changes it is filled many times a second.
    private readonly Dictionary<Ipv4Prefix, Ipv4Address> _wantedRoutes = [];
    private readonly Dictionary<Ipv4Prefix, Ipv4Address> _wantedSenders = [];

    /// <summary>How many subnets packets are sent to.</summary>
    public int RouteCount => _routes.Count;

    /// <summary>From now on no packet is sent that way.</summary>
    /// <exception cref="SysException">An entry cannot be removed.</exception>
    public void RemoveRoutes(KernelTunnel tunnel) => _routes.RemoveOthers(tunnel, []);

    /// <summary>The maps are gone.</summary>
    public void Forget()
    {
        _routes.Forget();
        _senders.Forget();
    }

    /// <summary>The difference between what shall be and what is. Who may send to us comes first, and goes last.</summary>
    /// <param name="tunnel">Whose entries.</param>
    /// <param name="leased">Peers' subnets.</param>
    /// <param name="announced">Who has a way through the kernel, and what for.</param>
    /// <param name="isSending">Whether packets are sent that way, and not taken only.</param>
    /// <exception cref="SysException">An entry cannot be set.</exception>
    public void Apply(
        KernelTunnel tunnel, IReadOnlyCollection<Route> leased, IReadOnlyDictionary<Ipv4Address, TunnelOffer> announced, bool isSending)
    {
        _wantedRoutes.Clear();
        _wantedSenders.Clear();
        foreach (Route route in leased)
        {
            Ipv4Address peer = route.NextHop.Address;
            if (!announced.TryGetValue(peer, out TunnelOffer offer))
                continue;

            _wantedSenders[tunnel.ChecksSource ? route.Subnet : new Ipv4Prefix(peer, 32)] = peer;
            if (isSending)
                _wantedRoutes[offer.PartOf(route.Subnet)] = peer;
        }

        _senders.SetAll(tunnel, _wantedSenders);
        _routes.SetAll(tunnel, _wantedRoutes);
        _routes.RemoveOthers(tunnel, _wantedRoutes);
        _senders.RemoveOthers(tunnel, _wantedSenders);
    }
}

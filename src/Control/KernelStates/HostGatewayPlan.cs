using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>The host-gw backend's plan (flannel, pkg/backend/hostgw): a route to each peer's subnet by its address.</summary>
/// <param name="Config">The network.</param>
/// <param name="Interface">The interface.</param>
/// <param name="Peers">The peers; null as long as they are not known, and nothing is deleted.</param>
internal sealed record HostGatewayPlan(NetworkConfig Config, string Interface, LeasedPeers? Peers) : IKernelPlan
{
    /// <inheritdoc/>
    public IReadOnlyList<KernelDevice> Devices => [];

    /// <inheritdoc/>
    public DesiredKernelState Desire(CurrentKernelState current)
    {
        if (Peers is null || current.Find(Interface) is not { } link)
            return new DesiredKernelState();

        var onLink = new OnLinkAddresses(current, link.Index, Config);
        List<DesiredEntry> entries = [];
        Dictionary<Subnet, string> refused = [];
        IEnumerable<PeerEnd?> ends = Peers.Ours.SelectMany<Lease, PeerEnd?>(
            peer => [PeerEnd.IPv4Of(peer), Config.EnableIPv6 ? PeerEnd.IPv6Of(peer) : null]);
        foreach (PeerEnd end in ends.OfType<PeerEnd>())
        {
            if (WhyNot(end) is { } reason)
                refused[end.Peer] = reason;
            else
                entries.Add(new DesiredEntry(new IpRoute(end.Subnet, link.Index, end.Host), end.Peer));
        }

        return new DesiredKernelState
        {
            Entries = entries,
            Refused = refused,
            Ownership = new EntryOwnership(Config, new HashSet<int>(), link.Index, Peers.OthersSubnets),
        };

        string? WhyNot(PeerEnd end)
        {
            if (!Config.Contains(end.Subnet))
                return $"its subnet {end.Subnet} is not inside the network";

            return onLink.Contains(end.Host)
                ? null
                : $"its host {end.Host} is not on the link of {Interface}, and host-gw can hand packets to neighbours only; "
                    + "the vxlan backend reaches every host, and with DirectRouting the neighbours as host-gw does";
        }
    }
}

using System.Net;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>Tells the peers of one backend from those of others, which are skipped with one warning each.</summary>
/// <param name="type">The backend's name.</param>
/// <param name="isSilent">Whether hosts of it leave the name out of their leases.</param>
/// <param name="logger">Is told who is skipped.</param>
internal sealed class PeersOfType(string type, bool isSilent, ILogger logger)
{
    private readonly SaidOnce<(Subnet Subnet, string Type)> _warned = new();

    /// <summary>Tells them apart.</summary>
    public LeasedPeers Of(IEnumerable<Lease> peers)
    {
        List<Lease> ours = [];
        HashSet<IPNetwork> others = [];
        foreach (Lease peer in peers)
        {
            if (IsOfType(peer))
                ours.Add(peer);
            else
                others.UnionWith(NetworksOf(peer));
        }

        return new LeasedPeers(ours, others);
    }

    private static IEnumerable<IPNetwork> NetworksOf(Lease lease) =>
        lease.Subnet.Ipv6 is { } ipv6 ? [lease.Subnet.Ipv4, ipv6] : [lease.Subnet.Ipv4];

    private bool IsOfType(Lease peer)
    {
        string theirs = peer.Attributes.BackendType;
        bool isOurs = (isSilent && theirs.Length == 0) || theirs.Equals(type, StringComparison.OrdinalIgnoreCase);
        if (!isOurs && _warned.IsNew((peer.Subnet, theirs)))
            logger.PeerOfOtherBackend(peer.Attributes.PublicIP, peer.Subnet, theirs, type);

        return isOurs;
    }
}

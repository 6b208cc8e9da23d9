using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Control;

/// <summary>What the rules of one address family are about.</summary>
/// <param name="Network">The whole overlay.</param>
/// <param name="Own">This host's subnet.</param>
/// <param name="Unmasqueraded">Networks that see the overlay's own addresses, besides the overlay.</param>
/// <param name="Previous">Networks that this daemon's rules were about in its last life.</param>
internal sealed record FirewallFamily(
    IPNetwork Network, IPNetwork Own, IReadOnlyList<IPNetwork> Unmasqueraded, IReadOnlyList<IPNetwork> Previous)
{
    /// <summary>Whether it is IPv6.</summary>
    public bool IsIpv6 => Network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>Every network that this daemon's rules are or were about.</summary>
    public IReadOnlyList<IPNetwork> All => [Network, Own, .. Previous];

    /// <summary>The command for iptables rules of the family.</summary>
    public string Iptables => IsIpv6 ? "ip6tables" : "iptables";

    /// <summary>What nftables calls the family.</summary>
    public string NftFamily => IsIpv6 ? "ip6" : "ip";

    /// <summary>The table of nftables mode (flannel, pkg/trafficmngr/nftables).</summary>
    public string NftTable => IsIpv6 ? "flannel-ipv6" : "flannel-ipv4";

    /// <summary>Where groups are, which are never masqueraded.</summary>
    public string Multicast => IsIpv6 ? "ff00::/8" : "224.0.0.0/4";

    /// <summary>The families of a host.</summary>
    public static IReadOnlyList<FirewallFamily> Of(NetworkConfig config, Subnet own, PreviousSubnet previous)
    {
        List<FirewallFamily> families =
        [
            new(
                config.Network,
                own.Ipv4,
                [.. config.NoMasquerade.Where(network => network.BaseAddress.AddressFamily == AddressFamily.InterNetwork)],
                [.. Networks(previous.Network, previous.Subnet)]),
        ];
        if (config.EnableIPv6 && own.Ipv6 is { } ipv6)
        {
            families.Add(new(
                config.IPv6Network,
                ipv6,
                [.. config.NoMasquerade.Where(network => network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6)],
                [.. Networks(previous.IPv6Network, previous.IPv6Subnet)]));
        }

        return families;
    }

    /// <summary>The families that subnet.env tells of; null when it tells of none.</summary>
    public static IReadOnlyList<FirewallFamily>? Of(PreviousSubnet file)
    {
        List<FirewallFamily> families = [];
        if (file is { Network: { } network, Subnet: { } subnet })
            families.Add(new FirewallFamily(network, subnet, [], []));

        if (file is { IPv6Network: { } ipv6Network, IPv6Subnet: { } ipv6Subnet })
            families.Add(new FirewallFamily(ipv6Network, ipv6Subnet, [], []));

        return families.Count > 0 ? families : null;
    }

    private static IEnumerable<IPNetwork> Networks(params IPNetwork?[] networks) => networks.OfType<IPNetwork>();
}

using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// Chooses this node's subnet as flannel does (pkg/subnet/etcd/local_manager.go): its own lease, else the subnet of its last
/// run, else a random one of the first free ones. Pure: the caller lists the leases before and creates the lease after, and
/// asks again when another node was faster.
/// </summary>
/// <remarks>IPv4, or IPv4 with IPv6: a lease has one subnet of each enabled family, chosen apart.</remarks>
public static class SubnetAllocator
{
    /// <summary>
    /// From how many free subnets one is drawn, lowest first. Few, so that the low end fills up; many enough that nodes that
    /// start together seldom draw the same.
    /// </summary>
    public const int MaxCandidates = 100;

    /// <summary>Decides.</summary>
    /// <param name="config">The network config, with IPv4.</param>
    /// <param name="leases">Every lease there is, in etcd's order, which is by key.</param>
    /// <param name="publicIP">This node's address, by which it knows its own leases.</param>
    /// <param name="previous">The subnets of the last run, or null. The IPv6 one counts only in a dual-stack network.</param>
    /// <param name="random">Draws the candidate.</param>
    /// <param name="unreadable">Subnets whose keys hold what cannot be read as a lease; null for none.</param>
    /// <exception cref="ArgumentException">The config has no IPv4.</exception>
    public static SubnetDecision Decide(
        NetworkConfig config,
        IReadOnlyCollection<Lease> leases,
        Ipv4Address publicIP,
        Subnet? previous,
        Random random,
        IEnumerable<Subnet>? unreadable = null)
    {
        if (!config.EnableIPv4)
            throw new ArgumentException("the config must enable IPv4", nameof(config));

        Lease[] own = [.. leases.Where(lease => lease.Attributes.PublicIP == publicIP)];
        Lease[] incompatible = [.. own.Where(lease => !IsCompatible(config, lease.Subnet))];
        if (own.FirstOrDefault(lease => IsCompatible(config, lease.Subnet)) is { } reusable)
            return new SubnetDecision.Reuse(reusable) { Incompatible = incompatible };

        // Its own ones are deleted first, so a node may well get a part of what it held.
        Subnet[] closed = [.. unreadable ?? []];
        List<Subnet> taken =
        [
            .. closed, .. leases.Where(lease => lease.Attributes.PublicIP != publicIP).Select(lease => lease.Subnet),
        ];
        Subnet? earlier = config.EnableIPv6 ? previous : previous is { } both ? new Subnet(both.Ipv4) : null;
        string? refusal = earlier is { } wanted ? WhyNot(config, taken, closed.Length, wanted) : null;
        if (earlier is { } again && refusal is null)
            return new SubnetDecision.TakePrevious(again) { Incompatible = incompatible };

        if (Draw(config, taken, random) is not { } drawn)
        {
            return new SubnetDecision.OutOfSubnets(DescribeShortage(config, taken))
            {
                Incompatible = incompatible,
                PreviousRefused = refusal,
            };
        }

        return new SubnetDecision.TakeFree(drawn) { Incompatible = incompatible, PreviousRefused = refusal };
    }

    /// <summary>Whether a node may have the subnet: right families, right lengths, within the range.</summary>
    internal static bool IsCompatible(NetworkConfig config, Subnet subnet) =>
        config.CanLease(subnet.Ipv4)
        && (subnet.Ipv6 is { } ipv6 ? config.EnableIPv6 && config.CanLease(ipv6) : !config.EnableIPv6);

    /// <summary>Why the subnet of the last run cannot be had; the first of the taken ones have keys that cannot be read.</summary>
    private static string? WhyNot(NetworkConfig config, List<Subnet> taken, int unreadable, Subnet previous)
    {
        if (!IsCompatible(config, previous))
            return $"the previous subnet {previous} does not fit the network config (expected {DescribeRange(config)})";

        int holder = taken.FindIndex(held => held.Overlaps(previous));
        if (holder < 0)
            return null;

        string why = holder < unreadable ? "whose key in etcd cannot be read as a lease" : "which another node holds by now";
        return $"the previous subnet {previous} overlaps {taken[holder]}, {why}";
    }

    /// <summary>Draws a free subnet of each enabled family; null when one has none left.</summary>
    private static Subnet? Draw(NetworkConfig config, List<Subnet> taken, Random random)
    {
        List<Ipv4Prefix> ipv4 = FreeSubnets.First(config, taken.Select(subnet => subnet.Ipv4), MaxCandidates);
        if (ipv4.Count == 0)
            return null;

        var drawn = new Subnet(ipv4[random.Next(ipv4.Count)]);
        if (!config.EnableIPv6)
            return drawn;

        List<Ipv6Prefix> ipv6 = FreeSubnets.First(config, HeldIPv6(taken), MaxCandidates);
        return ipv6.Count == 0 ? null : drawn with { Ipv6 = ipv6[random.Next(ipv6.Count)] };
    }

    private static IEnumerable<Ipv6Prefix> HeldIPv6(List<Subnet> taken) =>
        taken.Select(subnet => subnet.Ipv6).OfType<Ipv6Prefix>();

    private static string DescribeShortage(NetworkConfig config, List<Subnet> taken)
    {
        // When IPv4 has one left, it is IPv6 that has none.
        bool isIPv6 = FreeSubnets.First(config, taken.Select(subnet => subnet.Ipv4), 1).Count > 0;
        var last = new Ipv4Prefix(config.SubnetMax, config.SubnetLen);
        var lastIPv6 = new Ipv6Prefix(config.IPv6SubnetMax, config.IPv6SubnetLen);
        int holders = isIPv6
            ? HeldIPv6(taken).Count(subnet => subnet.Last >= config.IPv6SubnetMin && subnet.Network <= lastIPv6.Last)
            : taken.Count(subnet => subnet.Ipv4.Last >= config.SubnetMin && subnet.Ipv4.Network <= last.Last);
        string range = isIPv6 ? DescribeIPv6Range(config) : DescribeIPv4Range(config);
        string prefix = isIPv6 ? FamilyTerms.IPv6.FieldPrefix : "";
        return $"out of subnets ({range} is all held, by {holders} leases; widen {prefix}SubnetMin and {prefix}SubnetMax or "
            + "delete leases of nodes that are gone)";
    }

    /// <summary>What a subnet must be, for messages.</summary>
    internal static string DescribeRange(NetworkConfig config) => config.EnableIPv6
        ? $"{DescribeIPv4Range(config)} and {DescribeIPv6Range(config)}"
        : DescribeIPv4Range(config);

    private static string DescribeIPv4Range(NetworkConfig config) =>
        $"a /{config.SubnetLen} from {config.SubnetMin} to {config.SubnetMax}";

    private static string DescribeIPv6Range(NetworkConfig config) =>
        $"a /{config.IPv6SubnetLen} from {config.IPv6SubnetMin} to {config.IPv6SubnetMax}";
}

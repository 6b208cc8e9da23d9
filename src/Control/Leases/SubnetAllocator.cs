using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// Chooses this node's subnet as flannel does (pkg/subnet/etcd/local_manager.go): its own lease, else the subnet of its last
/// run, else a random one of the first free ones. Pure: the caller lists the leases before and creates the lease after, and
/// asks again when another node was faster.
/// </summary>
/// <remarks>IPv4 only.</remarks>
public static class SubnetAllocator
{
    /// <summary>
    /// From how many free subnets one is drawn, lowest first. Few, so that the low end fills up; many enough that nodes that
    /// start together seldom draw the same.
    /// </summary>
    public const int MaxCandidates = 100;

    /// <summary>Decides.</summary>
    /// <param name="config">The network config, IPv4 only.</param>
    /// <param name="leases">Every lease there is, in etcd's order, which is by key.</param>
    /// <param name="publicIP">This node's address, by which it knows its own leases.</param>
    /// <param name="previous">The subnet of the last run, or null.</param>
    /// <param name="random">Draws the candidate.</param>
    /// <exception cref="ArgumentException">The config has IPv6, or no IPv4.</exception>
    public static SubnetDecision Decide(
        NetworkConfig config, IReadOnlyCollection<Lease> leases, Ipv4Address publicIP, Ipv4Prefix? previous, Random random)
    {
        if (!config.EnableIPv4 || config.EnableIPv6)
            throw new ArgumentException("the config must enable IPv4 and only IPv4", nameof(config));

        Lease[] own = [.. leases.Where(lease => lease.Attributes.PublicIP == publicIP)];
        Lease[] incompatible = [.. own.Where(lease => !IsCompatible(config, lease.Subnet))];
        if (own.FirstOrDefault(lease => IsCompatible(config, lease.Subnet)) is { } reusable)
            return new SubnetDecision.Reuse(reusable) { Incompatible = incompatible };

        // Its own ones are deleted first, so a node may well get a part of what it held.
        List<Ipv4Prefix> taken =
        [
            .. leases.Where(lease => lease.Attributes.PublicIP != publicIP).Select(lease => lease.Subnet.Ipv4),
        ];
        string? refusal = previous is { } earlier ? WhyNot(config, taken, earlier) : null;
        if (previous is { } again && refusal is null)
            return new SubnetDecision.TakePrevious(new Subnet(again)) { Incompatible = incompatible };

        List<Ipv4Prefix> candidates = FreeSubnets.First(config, taken, MaxCandidates);
        if (candidates.Count == 0)
        {
            return new SubnetDecision.OutOfSubnets(DescribeShortage(config, taken))
            {
                Incompatible = incompatible,
                PreviousRefused = refusal,
            };
        }

        Ipv4Prefix drawn = candidates[random.Next(candidates.Count)];
        return new SubnetDecision.TakeFree(new Subnet(drawn)) { Incompatible = incompatible, PreviousRefused = refusal };
    }

    private static bool IsCompatible(NetworkConfig config, Subnet subnet) =>
        subnet.Ipv6 is null && IsCompatible(config, subnet.Ipv4);

    private static bool IsCompatible(NetworkConfig config, Ipv4Prefix subnet) =>
        subnet.Length == config.SubnetLen && subnet.Network >= config.SubnetMin && subnet.Network <= config.SubnetMax;

    private static string? WhyNot(NetworkConfig config, List<Ipv4Prefix> taken, Ipv4Prefix previous)
    {
        if (!IsCompatible(config, previous))
            return $"the previous subnet {previous} does not fit the network config (expected {DescribeRange(config)})";

        int holder = taken.FindIndex(previous.Overlaps);
        return holder < 0 ? null : $"the previous subnet {previous} overlaps {taken[holder]}, which another node holds by now";
    }

    private static string DescribeShortage(NetworkConfig config, List<Ipv4Prefix> taken)
    {
        int holders = taken.Count(subnet => subnet.Last >= config.SubnetMin && subnet.Network <= LastAddress(config));
        return $"out of subnets ({DescribeRange(config)} is all held, by {holders} leases; widen SubnetMin and SubnetMax or "
            + "delete leases of nodes that are gone)";
    }

    private static string DescribeRange(NetworkConfig config) =>
        $"a /{config.SubnetLen} from {config.SubnetMin} to {config.SubnetMax}";

    private static Ipv4Address LastAddress(NetworkConfig config) => new Ipv4Prefix(config.SubnetMax, config.SubnetLen).Last;
}

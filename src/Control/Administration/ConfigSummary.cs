namespace FastFlannel.Control;

/// <summary>What a network config has room for, with every default filled in.</summary>
/// <param name="Ipv4">The IPv4 half.</param>
/// <param name="Ipv6">The IPv6 half of a dual-stack network, or null.</param>
/// <param name="Hosts">How many hosts can have a subnet.</param>
/// <param name="ContainersPerHost">
/// How many containers a host can have: the addresses of its IPv4 subnet less its own, the bridge's and the broadcast address.
/// </param>
/// <param name="Backend">The backend's type.</param>
/// <param name="BackendSettings">Its settings; empty for a backend that this release does not have.</param>
public sealed record ConfigSummary(
    FamilySummary Ipv4,
    FamilySummary? Ipv6,
    UInt128 Hosts,
    long ContainersPerHost,
    string Backend,
    IReadOnlyList<BackendSetting> BackendSettings)
{
    internal static ConfigSummary Of(NetworkConfig config, IReadOnlyList<BackendSetting> settings)
    {
        var range = new SubnetRange(config.SubnetLen, config.SubnetMin.Value, config.SubnetMax.Value);
        var ipv6Range = new SubnetRange(config.IPv6SubnetLen, config.IPv6SubnetMin.Value, config.IPv6SubnetMax.Value);
        FamilySummary ipv4 = Of(FamilyTerms.IPv4, config.Network.ToString(), range);
        FamilySummary? ipv6 = config.EnableIPv6 ? Of(FamilyTerms.IPv6, config.IPv6Network.ToString(), ipv6Range) : null;
        return new ConfigSummary(
            ipv4,
            ipv6,
            ipv6 is null ? ipv4.Subnets : UInt128.Min(ipv4.Subnets, ipv6.Subnets),
            (1L << (FamilyTerms.IPv4.Bits - config.SubnetLen)) - 3,
            config.BackendType,
            settings);
    }

    private static FamilySummary Of(FamilyTerms terms, string network, SubnetRange range) => new(
        network,
        range.Length,
        terms.Show(range.Min),
        terms.Show(range.Max),
        ((range.Max - range.Min) >> (terms.Bits - range.Length)) + 1);
}

/// <summary>One family of a network.</summary>
/// <param name="Network">All of it, for example <c>10.5.0.0/16</c>.</param>
/// <param name="SubnetLen">The prefix length of a host's subnet.</param>
/// <param name="SubnetMin">First address of the first subnet.</param>
/// <param name="SubnetMax">First address of the last subnet.</param>
/// <param name="Subnets">How many there are.</param>
public sealed record FamilySummary(string Network, int SubnetLen, string SubnetMin, string SubnetMax, UInt128 Subnets);

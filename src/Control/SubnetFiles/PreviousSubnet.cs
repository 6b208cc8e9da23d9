using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// What the subnet.env of the last run says. Anything may be missing: the file is a hint, never a reason to stop.
/// </summary>
public sealed record PreviousSubnet
{
    /// <summary>The overlay then, or null.</summary>
    public Ipv4Prefix? Network { get; init; }

    /// <summary>This node's subnet then, or null.</summary>
    public Ipv4Prefix? Subnet { get; init; }

    /// <summary>The IPv6 overlay then, or null.</summary>
    public Ipv6Prefix? IPv6Network { get; init; }

    /// <summary>This node's IPv6 subnet then, or null.</summary>
    public Ipv6Prefix? IPv6Subnet { get; init; }

    /// <summary>Both subnets as a lease has them; null without the IPv4 one.</summary>
    internal Subnet? Lease => Subnet is { } ipv4 ? new Subnet(ipv4, IPv6Subnet) : null;

    /// <summary>What could not be used and why, one line each, for the log.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// What one node holds of the overlay. An IPv6 subnet comes only beside an IPv4 one: etcd's keys have no other form.
/// </summary>
/// <param name="Ipv4">The IPv4 subnet.</param>
/// <param name="Ipv6">The IPv6 subnet of a dual-stack node, or null.</param>
public readonly record struct Subnet(Ipv4Prefix Ipv4, Ipv6Prefix? Ipv6 = null)
{
    /// <summary>Whether the two have an address of either family in common.</summary>
    public bool Overlaps(Subnet other) =>
        Ipv4.Overlaps(other.Ipv4) || (Ipv6 is { } ipv6 && other.Ipv6 is { } otherIpv6 && ipv6.Overlaps(otherIpv6));

    /// <summary><c>10.5.16.0/24</c>, or both: <c>10.5.16.0/24 fd00:12:13::/56</c>.</summary>
    public override string ToString() => Ipv6 is { } ipv6 ? $"{Ipv4} {ipv6}" : Ipv4.ToString();
}

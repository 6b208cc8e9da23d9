using System.Net;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// The network configuration of a cluster, the JSON at <c>&lt;prefix&gt;/config</c> in etcd, checked and with every default
/// filled in. Read once at start; <see cref="NetworkConfigReader"/> makes it.
/// </summary>
public sealed record NetworkConfig
{
    /// <summary>ADR 9: a lease's key begins with its IPv4 subnet.</summary>
    internal const string IPv6OnlyProblem =
        "EnableIPv4 is false: the key of a lease in etcd begins with its IPv4 subnet, so there is none for IPv6 alone; "
        + "give Network and leave EnableIPv4 out, for a dual-stack network";

    /// <summary>Whether nodes get an IPv4 subnet.</summary>
    public required bool EnableIPv4 { get; init; }

    /// <summary>Whether nodes get an IPv6 subnet.</summary>
    public required bool EnableIPv6 { get; init; }

    /// <summary>Whether firewall rules are to be nftables' instead of iptables'.</summary>
    public required bool EnableNFTables { get; init; }

    /// <summary>Networks besides the overlay that see its own addresses where the rest is masqueraded; ours, flanneld does not read it.</summary>
    public IReadOnlyList<IPNetwork> NoMasquerade { get; init; } = [];

    /// <summary>The whole overlay; 0.0.0.0/0 when there is none.</summary>
    public required Ipv4Prefix Network { get; init; }

    /// <summary>Prefix length of a node's subnet, <see cref="Network"/>'s + 2 to 30; 0 without IPv4.</summary>
    public required int SubnetLen { get; init; }

    /// <summary>First address of the first subnet that may be given out; on a subnet boundary.</summary>
    public required Ipv4Address SubnetMin { get; init; }

    /// <summary>First address of the last subnet that may be given out; on a subnet boundary.</summary>
    public required Ipv4Address SubnetMax { get; init; }

    /// <summary>The whole IPv6 overlay; ::/0 when there is none.</summary>
    public required Ipv6Prefix IPv6Network { get; init; }

    /// <summary>Prefix length of a node's IPv6 subnet, <see cref="IPv6Network"/>'s + 2 to 126; 0 without IPv6.</summary>
    public required int IPv6SubnetLen { get; init; }

    /// <summary>First address of the first IPv6 subnet that may be given out; on a subnet boundary.</summary>
    public required Ipv6Address IPv6SubnetMin { get; init; }

    /// <summary>First address of the last IPv6 subnet that may be given out; on a subnet boundary.</summary>
    public required Ipv6Address IPv6SubnetMax { get; init; }

    /// <summary>
    /// Which backend, in lower case: <c>udp</c> when the config has no Backend, empty when its Backend has no Type.
    /// </summary>
    public required string BackendType { get; init; }

    /// <summary>The Backend object as it was written, for the backend to read its fields; <c>{}</c> when there is none.</summary>
    public required string Backend { get; init; }

    /// <summary>Whether an address, of either family, is inside the overlay.</summary>
    internal bool Contains(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? EnableIPv6 && IPv6Network.Contains(Ipv6Address.From(address))
        : Network.Contains(Ipv4Address.From(address));

    /// <summary>Whether a network, of either family, is a part of the overlay.</summary>
    internal bool Contains(IPNetwork part) =>
        Contains(part.BaseAddress) && part.PrefixLength > NetworkLengthOf(part.BaseAddress.AddressFamily);

    /// <summary>Whether a node may hold a subnet.</summary>
    internal bool CanLease(Ipv4Prefix subnet) =>
        subnet.Length == SubnetLen && subnet.Network >= SubnetMin && subnet.Network <= SubnetMax;

    /// <summary>Whether a node may hold a subnet.</summary>
    internal bool CanLease(Ipv6Prefix subnet) =>
        subnet.Length == IPv6SubnetLen && subnet.Network >= IPv6SubnetMin && subnet.Network <= IPv6SubnetMax;

    /// <summary>Whether a node may hold a subnet, of either family.</summary>
    internal bool CanLease(IPNetwork subnet) => subnet.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6
        ? EnableIPv6 && CanLease(new Ipv6Prefix(Ipv6Address.From(subnet.BaseAddress), subnet.PrefixLength))
        : CanLease(new Ipv4Prefix(Ipv4Address.From(subnet.BaseAddress), subnet.PrefixLength));

    private int NetworkLengthOf(AddressFamily family) =>
        family == AddressFamily.InterNetworkV6 ? IPv6Network.Length : Network.Length;
}

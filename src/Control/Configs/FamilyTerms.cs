using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>What differs between the IPv4 and the IPv6 half of a network config: names, sizes and words.</summary>
internal sealed record FamilyTerms
{
    public static readonly FamilyTerms IPv4 = new()
    {
        FieldPrefix = "",
        TooSmallSubject = "network",
        Bits = 32,
        PreferredLength = 24,
        Show = number => new Ipv4Address((uint)number).ToString(),
    };

    public static readonly FamilyTerms IPv6 = new()
    {
        FieldPrefix = "IPv6",
        TooSmallSubject = "IPv6Network",
        Bits = 128,
        PreferredLength = 64,
        Show = number => new Ipv6Address(number).ToString(),
    };

    /// <summary>What stands before <c>Network</c>, <c>SubnetLen</c>, <c>SubnetMin</c> and <c>SubnetMax</c>.</summary>
    public required string FieldPrefix { get; init; }

    /// <summary>flannel's word for the network where it is too small.</summary>
    public required string TooSmallSubject { get; init; }

    /// <summary>Bits of an address.</summary>
    public required int Bits { get; init; }

    /// <summary>The prefix length a node gets when the network has room for four of them.</summary>
    public required int PreferredLength { get; init; }

    /// <summary>An address as text.</summary>
    public required Func<UInt128, string> Show { get; init; }

    public string Network => FieldPrefix + "Network";

    public string SubnetLen => FieldPrefix + "SubnetLen";

    public string SubnetMin => FieldPrefix + "SubnetMin";

    public string SubnetMax => FieldPrefix + "SubnetMax";

    /// <summary>The longest useful subnet: four addresses, for a tunnel and a bridge.</summary>
    public int LongestSubnet => Bits - 2;

    /// <summary>The longest useful network: four subnets of four addresses.</summary>
    public int LongestNetwork => Bits - 4;
}

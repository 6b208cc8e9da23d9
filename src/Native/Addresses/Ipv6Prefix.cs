using System.Net;

namespace FastFlannel.Native;

/// <summary>An IPv6 network: an address and how many of its leading bits count. The host bits are always zero.</summary>
public readonly record struct Ipv6Prefix
{
    /// <summary>Makes a prefix; host bits of <paramref name="address"/> are masked off.</summary>
    /// <param name="address">Any address inside the network.</param>
    /// <param name="length">Leading bits that count, 0 to 128.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is not 0 to 128.</exception>
    public Ipv6Prefix(Ipv6Address address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 128);
        Length = length;
        Network = new Ipv6Address(address.Value & MaskOf(length));
    }

    /// <summary>The first address.</summary>
    public Ipv6Address Network { get; }

    /// <summary>Leading bits that count, 0 to 128.</summary>
    public int Length { get; }

    /// <summary>The bits that count, host byte order.</summary>
    public UInt128 Mask => MaskOf(Length);

    /// <summary>The last address.</summary>
    public Ipv6Address Last => new(Network.Value | ~Mask);

    /// <summary>The bits that count for a length of 0 to 128, host byte order.</summary>
    public static UInt128 MaskOf(int length) => length == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - length);

    /// <summary>Whether the address lies inside.</summary>
    public bool Contains(Ipv6Address address) => (address.Value & Mask) == Network.Value;

    /// <summary>Whether the two networks share an address.</summary>
    public bool Overlaps(Ipv6Prefix other) => other.Length >= Length ? Contains(other.Network) : other.Contains(Network);

    /// <summary>Reads <c>address/length</c>; host bits are masked off.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ipv6Prefix prefix)
    {
        prefix = default;
        int slash = text.IndexOf('/');
        if (slash < 0
            || !Ipv6Address.TryParse(text[..slash], out Ipv6Address address)
            || !Digits.TryParse(text[(slash + 1)..], 128, out int length))
        {
            return false;
        }

        prefix = new Ipv6Prefix(address, length);
        return true;
    }

    /// <summary>Reads <c>address/length</c> or throws.</summary>
    /// <exception cref="FormatException">The text is not an IPv6 network.</exception>
    public static Ipv6Prefix Parse(string text) => TryParse(text, out Ipv6Prefix prefix)
        ? prefix
        : throw new FormatException($"'{text}' is not an IPv6 network (expected address/length, like fc00::/48)");

    /// <summary>The same network as the class library's type.</summary>
    public IPNetwork ToIPNetwork() => new(Network.ToIPAddress(), Length);

    /// <summary>The same network as the class library's type, where a network of either family is wanted.</summary>
    public static implicit operator IPNetwork(Ipv6Prefix prefix) => prefix.ToIPNetwork();

    /// <summary><c>network/length</c>.</summary>
    public override string ToString() => $"{Network}/{Length}";
}

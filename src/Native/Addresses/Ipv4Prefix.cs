using System.Net;

namespace FastFlannel.Native;

/// <summary>An IPv4 network: an address and how many of its leading bits count. The host bits are always zero.</summary>
public readonly record struct Ipv4Prefix
{
    /// <summary>Makes a prefix; host bits of <paramref name="address"/> are masked off.</summary>
    /// <param name="address">Any address inside the network.</param>
    /// <param name="length">Leading bits that count, 0 to 32.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is not 0 to 32.</exception>
    public Ipv4Prefix(Ipv4Address address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 32);
        Length = length;
        Network = new Ipv4Address(address.Value & MaskOf(length));
    }

    /// <summary>The first address.</summary>
    public Ipv4Address Network { get; }

    /// <summary>Leading bits that count, 0 to 32.</summary>
    public int Length { get; }

    /// <summary>The bits that count, host byte order: 0xFFFFFF00 for a /24.</summary>
    public uint Mask => MaskOf(Length);

    /// <summary>The last address.</summary>
    public Ipv4Address Last => new(Network.Value | ~Mask);

    /// <summary>The bits that count for a length of 0 to 32, host byte order.</summary>
    public static uint MaskOf(int length) => length == 0 ? 0 : uint.MaxValue << (32 - length);

    /// <summary>Whether the address lies inside.</summary>
    public bool Contains(Ipv4Address address) => (address.Value & Mask) == Network.Value;

    /// <summary>Whether the two networks share an address.</summary>
    public bool Overlaps(Ipv4Prefix other) => other.Length >= Length ? Contains(other.Network) : other.Contains(Network);

    /// <summary>Reads <c>a.b.c.d/length</c>; host bits are masked off.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ipv4Prefix prefix)
    {
        prefix = default;
        int slash = text.IndexOf('/');
        if (slash < 0
            || !Ipv4Address.TryParse(text[..slash], out Ipv4Address address)
            || !Digits.TryParse(text[(slash + 1)..], 32, out int length))
        {
            return false;
        }

        prefix = new Ipv4Prefix(address, length);
        return true;
    }

    /// <summary>Reads <c>a.b.c.d/length</c> or throws.</summary>
    /// <exception cref="FormatException">The text is not an IPv4 network.</exception>
    public static Ipv4Prefix Parse(string text) => TryParse(text, out Ipv4Prefix prefix)
        ? prefix
        : throw new FormatException($"'{text}' is not an IPv4 network (expected address/length, like 10.5.0.0/16)");

    /// <summary>The same network as the class library's type.</summary>
    public IPNetwork ToIPNetwork() => new(Network.ToIPAddress(), Length);

    /// <summary>The same network as the class library's type, where a network of either family is wanted.</summary>
    public static implicit operator IPNetwork(Ipv4Prefix prefix) => prefix.ToIPNetwork();

    /// <summary><c>network/length</c>.</summary>
    public override string ToString() => $"{Network}/{Length}";
}

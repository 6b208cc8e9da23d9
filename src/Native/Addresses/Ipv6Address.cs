using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Native;

/// <summary>An IPv6 address as a number.</summary>
/// <param name="Value">The address in host byte order: ::1 is 1.</param>
public readonly record struct Ipv6Address(UInt128 Value) : IComparable<Ipv6Address>
{
    /// <summary>Reads the textual forms of RFC 4291 without zone or brackets.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ipv6Address address)
    {
        address = default;
        if (text.IndexOfAny('[', '%') >= 0
            || !IPAddress.TryParse(text, out IPAddress? parsed)
            || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        _ = parsed.TryWriteBytes(bytes, out _);
        address = new Ipv6Address(BinaryPrimitives.ReadUInt128BigEndian(bytes));
        return true;
    }

    /// <summary>Reads an IPv6 address or throws.</summary>
    /// <exception cref="FormatException">The text is not an IPv6 address.</exception>
    public static Ipv6Address Parse(string text) => TryParse(text, out Ipv6Address address)
        ? address
        : throw new FormatException($"'{text}' is not an IPv6 address (expected a form like fc00::1)");

    /// <summary>Takes the address from the class library's type; a zone is left out.</summary>
    /// <exception cref="ArgumentException">It is not an IPv6 address.</exception>
    public static Ipv6Address From(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? new Ipv6Address(BinaryPrimitives.ReadUInt128BigEndian(address.GetAddressBytes()))
        : throw new ArgumentException($"{address} is not an IPv6 address", nameof(address));

    /// <summary>The same address as the class library's type.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return new IPAddress(bytes);
    }

    /// <summary>The same address as the class library's type, where an address of either family is wanted.</summary>
    public static implicit operator IPAddress(Ipv6Address address) => address.ToIPAddress();

    /// <inheritdoc/>
    public int CompareTo(Ipv6Address other) => Value.CompareTo(other.Value);

    /// <summary>The compressed text of RFC 5952.</summary>
    public override string ToString() => ToIPAddress().ToString();

    /// <summary>Orders by number.</summary>
    public static bool operator <(Ipv6Address left, Ipv6Address right) => left.Value < right.Value;

    /// <summary>Orders by number.</summary>
    public static bool operator >(Ipv6Address left, Ipv6Address right) => left.Value > right.Value;

    /// <summary>Orders by number.</summary>
    public static bool operator <=(Ipv6Address left, Ipv6Address right) => left.Value <= right.Value;

    /// <summary>Orders by number.</summary>
    public static bool operator >=(Ipv6Address left, Ipv6Address right) => left.Value >= right.Value;
}

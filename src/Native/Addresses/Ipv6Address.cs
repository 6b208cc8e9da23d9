using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FastFlannel.Native;

/// <summary>An IPv6 address as a number.</summary>
/// <param name="Value">The address in host byte order: ::1 is 1.</param>
public readonly record struct Ipv6Address(UInt128 Value) : IComparable<Ipv6Address>
{
    private const int Groups = 8;

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

    /// <summary>
    /// The compressed text of RFC 5952 section 4, in hexadecimal throughout: the keys of leases know no dots, which the class library
    /// writes at the end of some.
    /// </summary>
    public override string ToString()
    {
        var text = new StringBuilder(39);
        (int zeros, int behind) = LongestZeros();
        for (int at = 0; at < Groups; at = at == zeros ? behind : at + 1)
        {
            if (at == zeros)
                _ = text.Append("::");
            else
                _ = text.Append(at > 0 && at != behind ? ":" : "").Append(CultureInfo.InvariantCulture, $"{Group(at):x}");
        }

        return text.ToString();
    }

    /// <summary>Orders by number.</summary>
    public static bool operator <(Ipv6Address left, Ipv6Address right) => left.Value < right.Value;

    /// <summary>Orders by number.</summary>
    public static bool operator >(Ipv6Address left, Ipv6Address right) => left.Value > right.Value;

    /// <summary>Orders by number.</summary>
    public static bool operator <=(Ipv6Address left, Ipv6Address right) => left.Value <= right.Value;

    /// <summary>Orders by number.</summary>
    public static bool operator >=(Ipv6Address left, Ipv6Address right) => left.Value >= right.Value;

    private ushort Group(int index) => (ushort)(Value >> (112 - (16 * index)));

    /// <summary>The longest run of groups of zeros, the first of several: where it begins and what is behind it. One alone is none.</summary>
    private (int First, int Behind) LongestZeros()
    {
        (int First, int Behind) longest = (-1, -1);
        for (int first = 0; first < Groups; first++)
        {
            int behind = first;
            while (behind < Groups && Group(behind) == 0)
                behind++;

            if (behind - first > Math.Max(1, longest.Behind - longest.First))
                longest = (first, behind);
        }

        return longest;
    }
}

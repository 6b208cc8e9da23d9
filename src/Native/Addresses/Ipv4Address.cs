using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Native;

/// <summary>An IPv4 address as a number.</summary>
/// <param name="Value">The address in host byte order: 10.0.0.1 is 0x0A000001.</param>
public readonly record struct Ipv4Address(uint Value) : IComparable<Ipv4Address>
{
    /// <summary>0.0.0.0, the unspecified address.</summary>
    public static Ipv4Address Any => default;

    /// <summary>Reads strict dotted decimal: four numbers of 0 to 255 without leading zeros, nothing around them.</summary>
    /// <param name="text">The text to read, for example <c>10.5.0.1</c>.</param>
    /// <param name="address">The address, or 0.0.0.0 when the text is none.</param>
    /// <returns>Whether the text was an address.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out Ipv4Address address)
    {
        address = default;
        uint value = 0;
        int parts = 0;
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> part = text[range];
            bool isNumber = Digits.TryParse(part, byte.MaxValue, out int number);
            if (!isNumber || ++parts > 4 || (part.Length > 1 && part[0] == '0'))
                return false;

            value = (value << 8) | (uint)number;
        }

        if (parts != 4)
            return false;

        address = new Ipv4Address(value);
        return true;
    }

    /// <summary>Reads strict dotted decimal or throws.</summary>
    /// <exception cref="FormatException">The text is not an IPv4 address.</exception>
    public static Ipv4Address Parse(string text) => TryParse(text, out Ipv4Address address)
        ? address
        : throw new FormatException($"'{text}' is not an IPv4 address (expected four numbers of 0 to 255, like 10.5.0.1)");

    /// <summary>Takes the address from the class library's type.</summary>
    /// <exception cref="ArgumentException">It is not an IPv4 address.</exception>
    public static Ipv4Address From(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork
        ? new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes()))
        : throw new ArgumentException($"{address} is not an IPv4 address", nameof(address));

    /// <summary>The same address as the class library's type.</summary>
    public IPAddress ToIPAddress() => new([(byte)(Value >> 24), (byte)(Value >> 16), (byte)(Value >> 8), (byte)Value]);

    /// <summary>The same address as the class library's type, where an address of either family is wanted.</summary>
    public static implicit operator IPAddress(Ipv4Address address) => address.ToIPAddress();

    /// <inheritdoc/>
    public int CompareTo(Ipv4Address other) => Value.CompareTo(other.Value);

    /// <summary>Dotted decimal.</summary>
    public override string ToString() => $"{Value >> 24}.{(Value >> 16) & 0xFF}.{(Value >> 8) & 0xFF}.{Value & 0xFF}";

    /// <summary>Orders by number.</summary>
    public static bool operator <(Ipv4Address left, Ipv4Address right) => left.Value < right.Value;

    /// <summary>Orders by number.</summary>
    public static bool operator >(Ipv4Address left, Ipv4Address right) => left.Value > right.Value;

    /// <summary>Orders by number.</summary>
    public static bool operator <=(Ipv4Address left, Ipv4Address right) => left.Value <= right.Value;

    /// <summary>Orders by number.</summary>
    public static bool operator >=(Ipv4Address left, Ipv4Address right) => left.Value >= right.Value;
}

using System.Globalization;

namespace FastFlannel.Native;

/// <summary>An Ethernet address (48 bits) as a number.</summary>
/// <param name="Value">The address, first byte highest: 26:48:39:7b:59:17 is 0x2648397B5917. The upper 16 bits are zero.</param>
public readonly record struct MacAddress(ulong Value) : IComparable<MacAddress>
{
    /// <summary>Bytes of an address.</summary>
    public const int Size = 6;

    private const ulong LocalBit = 0x02_00_00_00_00_00; // of the first byte: not given by a manufacturer
    private const ulong GroupBit = 0x01_00_00_00_00_00; // of the first byte: more than one receiver

    /// <summary>Whether it names a group of receivers (multicast, broadcast).</summary>
    public bool IsGroup => (Value & GroupBit) != 0;

    /// <summary>The same number with the bits of a locally administered address of one receiver, as software may choose.</summary>
    public MacAddress AsLocalUnicast => new((Value | LocalBit) & ~GroupBit);

    /// <summary>Takes the address from bytes in the order of the wire.</summary>
    /// <exception cref="ArgumentException">There are not six.</exception>
    public static MacAddress From(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException($"{bytes.Length} bytes are no Ethernet address (expected {Size})", nameof(bytes));

        ulong value = 0;
        foreach (byte part in bytes)
            value = (value << 8) | part;

        return new MacAddress(value);
    }

    /// <summary>Reads six numbers of two hexadecimal digits, in either case, with colons between them.</summary>
    /// <param name="text">The text to read, for example <c>26:48:39:7b:59:17</c>.</param>
    /// <param name="address">The address, or zero when the text is none.</param>
    /// <returns>Whether the text was an address.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out MacAddress address)
    {
        address = default;
        ulong value = 0;
        int parts = 0;
        foreach (Range range in text.Split(':'))
        {
            ReadOnlySpan<char> part = text[range];
            if (part.Length != 2
                || ++parts > Size
                || !char.IsAsciiHexDigit(part[1]) // the class library's parser takes a zero character at the end
                || !byte.TryParse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte number))
            {
                return false;
            }

            value = (value << 8) | number;
        }

        if (parts != Size)
            return false;

        address = new MacAddress(value);
        return true;
    }

    /// <summary>Reads an Ethernet address or throws.</summary>
    /// <exception cref="FormatException">The text is not an Ethernet address.</exception>
    public static MacAddress Parse(string text) => TryParse(text, out MacAddress address)
        ? address
        : throw new FormatException(
            $"'{text}' is not an Ethernet address (expected six hexadecimal numbers, like 26:48:39:7b:59:17)");

    /// <summary>Writes the bytes in the order of the wire.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    public void CopyTo(Span<byte> destination)
    {
        for (int i = 0; i < Size; i++)
            destination[i] = (byte)(Value >> (8 * (Size - 1 - i)));
    }

    /// <inheritdoc/>
    public int CompareTo(MacAddress other) => Value.CompareTo(other.Value);

    /// <summary>Lower-case hexadecimal with colons, as flannel and <c>ip</c> write it.</summary>
    public override string ToString() =>
        $"{Value >> 40:x2}:{(byte)(Value >> 32):x2}:{(byte)(Value >> 24):x2}:{(byte)(Value >> 16):x2}:{(byte)(Value >> 8):x2}:{(byte)Value:x2}";

    /// <summary>Orders by number.</summary>
    public static bool operator <(MacAddress left, MacAddress right) => left.Value < right.Value;

    /// <summary>Orders by number.</summary>
    public static bool operator >(MacAddress left, MacAddress right) => left.Value > right.Value;

    /// <summary>Orders by number.</summary>
    public static bool operator <=(MacAddress left, MacAddress right) => left.Value <= right.Value;

    /// <summary>Orders by number.</summary>
    public static bool operator >=(MacAddress left, MacAddress right) => left.Value >= right.Value;
}

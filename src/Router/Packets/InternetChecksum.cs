using System.Buffers.Binary;

namespace FastFlannel.Router;

/// <summary>The Internet checksum: the one's complement of the one's complement sum of 16-bit words (RFC 1071).</summary>
public static class InternetChecksum
{
    /// <summary>Sums bytes; a block that carries a correct checksum sums to 0xFFFF.</summary>
    /// <param name="bytes">The block; an odd last byte counts as if a zero followed.</param>
    /// <param name="initial">A sum to go on from.</param>
    /// <returns>The folded sum, not complemented, 0 to 0xFFFF.</returns>
    public static ushort Sum(ReadOnlySpan<byte> bytes, ushort initial = 0)
    {
        ulong sum = initial;
        while (bytes.Length >= 4)
        {
            sum += BinaryPrimitives.ReadUInt32BigEndian(bytes);
            bytes = bytes[4..];
        }

        if (bytes.Length >= 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
            bytes = bytes[2..];
        }

        if (bytes.Length == 1)
            sum += (uint)bytes[0] << 8;

        while (sum >> 16 != 0)
            sum = (sum & 0xFFFF) + (sum >> 16);

        return (ushort)sum;
    }

    /// <summary>Copies bytes and sums them.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="destination">At least as long.</param>
    /// <param name="initial">A sum to go on from.</param>
    public static ushort CopyAndSum(ReadOnlySpan<byte> source, Span<byte> destination, ushort initial = 0)
    {
        source.CopyTo(destination);
        return Sum(source, initial);
    }

    /// <summary>The checksum to store, for a block whose checksum field is zero.</summary>
    public static ushort Compute(ReadOnlySpan<byte> bytes) => (ushort)~Sum(bytes);

    /// <summary>The checksum after one 16-bit word under it changed (RFC 1624, equation 3).</summary>
    /// <param name="checksum">The stored checksum before.</param>
    /// <param name="before">The word before.</param>
    /// <param name="after">The word after.</param>
    public static ushort Update(ushort checksum, ushort before, ushort after)
    {
        uint sum = (uint)(ushort)~checksum + (ushort)~before + after;
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}

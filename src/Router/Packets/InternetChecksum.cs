using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace FastFlannel.Router;

/// <summary>The Internet checksum: the one's complement of the one's complement sum of 16-bit words (RFC 1071).</summary>
public static class InternetChecksum
{
    // Below this the vectors' set-up costs more than they save.
    private const int WorthVectors = 32;

    /// <summary>Sums bytes; a block that carries a correct checksum sums to 0xFFFF.</summary>
    /// <param name="bytes">The block, up to 64 KiB; an odd last byte counts as if a zero followed.</param>
    /// <param name="initial">A sum to go on from.</param>
    /// <returns>The folded sum, not complemented, 0 to 0xFFFF.</returns>
    public static ushort Sum(ReadOnlySpan<byte> bytes, ushort initial = 0)
    {
        // The sum does not depend on the byte order it is taken in, but for that of its own two bytes (RFC 1071 section 2 B).
        ulong sum = BinaryPrimitives.ReverseEndianness(initial);
        if (bytes.Length >= WorthVectors)
        {
            sum += VectorSum.Sum(bytes, out int done);
            bytes = bytes[done..];
        }

        return FoldNative(sum + SumScalar(bytes));
    }

    /// <summary>Copies bytes and sums them on the way.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="destination">At least as long.</param>
    /// <param name="initial">A sum to go on from.</param>
    /// <returns>As <see cref="Sum"/>.</returns>
    public static ushort CopyAndSum(ReadOnlySpan<byte> source, Span<byte> destination, ushort initial = 0)
    {
        ulong sum = BinaryPrimitives.ReverseEndianness(initial);
        if (source.Length >= WorthVectors)
        {
            sum += VectorSum.CopyAndSum(source, destination, out int done);
            source = source[done..];
            destination = destination[done..];
        }

        source.CopyTo(destination);
        return FoldNative(sum + SumScalar(source));
    }

    /// <summary>Folds a sum of 16-bit words to one.</summary>
    /// <param name="sum">Any number.</param>
    public static ushort Fold(uint sum)
    {
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)((sum & 0xFFFF) + (sum >> 16));
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
        return (ushort)~Fold(sum);
    }

    private static ulong SumScalar(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        while (bytes.Length >= 8)
        {
            ulong word = MemoryMarshal.Read<ulong>(bytes);
            sum += (word & uint.MaxValue) + (word >> 32);
            bytes = bytes[8..];
        }

        if (bytes.Length >= 4)
        {
            sum += MemoryMarshal.Read<uint>(bytes);
            bytes = bytes[4..];
        }

        if (bytes.Length >= 2)
        {
            sum += MemoryMarshal.Read<ushort>(bytes);
            bytes = bytes[2..];
        }

        return bytes.Length == 1 ? sum + bytes[0] : sum;
    }

    private static ushort FoldNative(ulong sum)
    {
        sum = (sum & uint.MaxValue) + (sum >> 32);
        sum = (sum & uint.MaxValue) + (sum >> 32);
        return BinaryPrimitives.ReverseEndianness(Fold((uint)sum));
    }
}

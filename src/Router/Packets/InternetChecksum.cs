using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastFlannel.Router;

/// <summary>The Internet checksum: the one's complement of the one's complement sum of 16-bit words (RFC 1071).</summary>
public static class InternetChecksum
{
    // Below this the vectors' set-up costs more than they save.
    private const int WorthVectors = 64;

    /// <summary>Sums bytes; a block that carries a correct checksum sums to 0xFFFF.</summary>
    /// <param name="bytes">The block; an odd last byte counts as if a zero followed.</param>
    /// <param name="initial">A sum to go on from.</param>
    /// <returns>The folded sum, not complemented, 0 to 0xFFFF.</returns>
    public static ushort Sum(ReadOnlySpan<byte> bytes, ushort initial = 0)
    {
        // The sum does not depend on the byte order it is taken in, but for that of its own two bytes (RFC 1071 section 2 B).
        ulong sum = BinaryPrimitives.ReverseEndianness(initial);
        if (bytes.Length >= WorthVectors)
        {
            sum += SumVectors(bytes, out int done);
            bytes = bytes[done..];
        }

        return Fold(sum + SumScalar(bytes));
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
            sum += CopyAndSumVectors(source, destination, out int done);
            source = source[done..];
            destination = destination[done..];
        }

        source.CopyTo(destination);
        return Fold(sum + SumScalar(source));
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

    private static ulong SumVectors(ReadOnlySpan<byte> bytes, out int done)
    {
        // Whole blocks of four vectors; LoadUnsafe stays below done, which is at most the length.
        done = bytes.Length & ~63;
        ref byte start = ref MemoryMarshal.GetReference(bytes);
        Vector128<uint> evens = default, odds = default, evens2 = default, odds2 = default;
        for (nuint i = 0; i < (nuint)done; i += 64)
        {
            Accumulate(Vector128.LoadUnsafe(ref start, i), ref evens, ref odds);
            Accumulate(Vector128.LoadUnsafe(ref start, i + 16), ref evens2, ref odds2);
            Accumulate(Vector128.LoadUnsafe(ref start, i + 32), ref evens, ref odds);
            Accumulate(Vector128.LoadUnsafe(ref start, i + 48), ref evens2, ref odds2);
        }

        return Total(evens + odds) + Total(evens2 + odds2);
    }

    private static ulong CopyAndSumVectors(ReadOnlySpan<byte> source, Span<byte> destination, out int done)
    {
        done = source.Length & ~63;
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(destination[..done]);
        Vector128<uint> evens = default, odds = default, evens2 = default, odds2 = default;
        for (nuint i = 0; i < (nuint)done; i += 64)
        {
            var a = Vector128.LoadUnsafe(ref from, i);
            var b = Vector128.LoadUnsafe(ref from, i + 16);
            var c = Vector128.LoadUnsafe(ref from, i + 32);
            var d = Vector128.LoadUnsafe(ref from, i + 48);
            a.StoreUnsafe(ref to, i);
            b.StoreUnsafe(ref to, i + 16);
            c.StoreUnsafe(ref to, i + 32);
            d.StoreUnsafe(ref to, i + 48);
            Accumulate(a, ref evens, ref odds);
            Accumulate(b, ref evens2, ref odds2);
            Accumulate(c, ref evens, ref odds);
            Accumulate(d, ref evens2, ref odds2);
        }

        return Total(evens + odds) + Total(evens2 + odds2);
    }

    private static void Accumulate(Vector128<byte> bytes, ref Vector128<uint> evens, ref Vector128<uint> odds)
    {
        evens += bytes.AsUInt32() & Vector128.Create(0xFFFFu);
        odds += bytes.AsUInt32() >>> 16;
    }

    private static ulong Total(Vector128<uint> lanes) => (ulong)lanes[0] + lanes[1] + lanes[2] + lanes[3];

    private static ulong SumScalar(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        while (bytes.Length >= 4)
        {
            sum += MemoryMarshal.Read<uint>(bytes);
            bytes = bytes[4..];
        }

        if (bytes.Length >= 2)
        {
            sum += MemoryMarshal.Read<ushort>(bytes);
            bytes = bytes[2..];
        }

        if (bytes.Length == 1)
            sum += bytes[0];

        return sum;
    }

    private static ushort Fold(ulong sum)
    {
        sum = (sum & 0xFFFFFFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + ((sum >> 16) & 0xFFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return BinaryPrimitives.ReverseEndianness((ushort)sum);
    }
}

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastFlannel.Router;

/// <summary>
/// Sums of 16-bit words in the widest vectors there are, in the byte order in which they lie in memory. The just-in-time compiler
/// knows the processor. A native binary is compiled for the oldest processor that it shall run on: by default that gives x64
/// vectors of 128 bits, and <c>docs/adr/0005-offloads.md</c> says how to have more.
/// </summary>
internal static class VectorSum
{
    /// <summary>The longest block, in bytes, whose sum fits the lanes.</summary>
    public const int MaximumLength = 65536;

    // x86 multiplies and adds signed words only: the words go in less this, which makes them signed, and the sum gets it back.
    private const ushort Bias = 0x8000;

    /// <summary>Sums whole vectors.</summary>
    /// <param name="bytes">Up to <see cref="MaximumLength"/>.</param>
    /// <param name="done">Bytes that are in the sum, all but a few at the end.</param>
    public static ulong Sum(ReadOnlySpan<byte> bytes, out int done) =>
        Vector512.IsHardwareAccelerated ? Sum512(bytes, out done)
        : Avx2.IsSupported ? Sum256(bytes, out done)
        : Sum128(bytes, out done);

    /// <summary>Copies and sums whole vectors.</summary>
    /// <param name="source">Up to <see cref="MaximumLength"/>.</param>
    /// <param name="destination">At least as long.</param>
    /// <param name="done">Bytes that are copied and in the sum, all but a few at the end.</param>
    public static ulong CopyAndSum(ReadOnlySpan<byte> source, Span<byte> destination, out int done) =>
        Vector512.IsHardwareAccelerated ? CopyAndSum512(source, destination, out done)
        : Avx2.IsSupported ? CopyAndSum256(source, destination, out done)
        : CopyAndSum128(source, destination, out done);

    internal static ulong Sum128(ReadOnlySpan<byte> bytes, out int done)
    {
        // Loads end at done at the latest, which is at most the length.
        done = bytes.Length & ~15;
        ref byte from = ref MemoryMarshal.GetReference(bytes);
        Vector128<uint> a = default, b = default;
        nuint i = 0;
        for (; i + 32 <= (nuint)done; i += 32)
        {
            a += Pairs(Vector128.LoadUnsafe(ref from, i));
            b += Pairs(Vector128.LoadUnsafe(ref from, i + 16));
        }

        if (i < (nuint)done)
            a += Pairs(Vector128.LoadUnsafe(ref from, i));

        return Total(Vector128.Sum(a + b), done, Sse2.IsSupported);
    }

    internal static ulong CopyAndSum128(ReadOnlySpan<byte> source, Span<byte> destination, out int done)
    {
        done = source.Length & ~15;
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(destination[..done]);
        Vector128<uint> a = default, b = default;
        nuint i = 0;
        for (; i + 32 <= (nuint)done; i += 32)
        {
            var first = Vector128.LoadUnsafe(ref from, i);
            var second = Vector128.LoadUnsafe(ref from, i + 16);
            first.StoreUnsafe(ref to, i);
            second.StoreUnsafe(ref to, i + 16);
            a += Pairs(first);
            b += Pairs(second);
        }

        if (i < (nuint)done)
        {
            var last = Vector128.LoadUnsafe(ref from, i);
            last.StoreUnsafe(ref to, i);
            a += Pairs(last);
        }

        return Total(Vector128.Sum(a + b), done, Sse2.IsSupported);
    }

    // Compiled ahead of time with AVX given, Avx2.IsSupported is asked at run time while Vector256.IsHardwareAccelerated is
    // constantly false and its operators come in halves. So from here on Avx2 by name; loads and stores need no more than AVX.
    internal static ulong Sum256(ReadOnlySpan<byte> bytes, out int done)
    {
        done = bytes.Length & ~31;
        ref byte from = ref MemoryMarshal.GetReference(bytes);
        Vector256<uint> a = default, b = default;
        nuint i = 0;
        for (; i + 64 <= (nuint)done; i += 64)
        {
            a = Avx2.Add(a, Pairs(Vector256.LoadUnsafe(ref from, i)));
            b = Avx2.Add(b, Pairs(Vector256.LoadUnsafe(ref from, i + 32)));
        }

        if (i < (nuint)done)
            a = Avx2.Add(a, Pairs(Vector256.LoadUnsafe(ref from, i)));

        return Total(Sum(Avx2.Add(a, b)), done, isBiased: true);
    }

    internal static ulong CopyAndSum256(ReadOnlySpan<byte> source, Span<byte> destination, out int done)
    {
        done = source.Length & ~31;
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(destination[..done]);
        Vector256<uint> a = default, b = default;
        nuint i = 0;
        for (; i + 64 <= (nuint)done; i += 64)
        {
            var first = Vector256.LoadUnsafe(ref from, i);
            var second = Vector256.LoadUnsafe(ref from, i + 32);
            first.StoreUnsafe(ref to, i);
            second.StoreUnsafe(ref to, i + 32);
            a = Avx2.Add(a, Pairs(first));
            b = Avx2.Add(b, Pairs(second));
        }

        if (i < (nuint)done)
        {
            var last = Vector256.LoadUnsafe(ref from, i);
            last.StoreUnsafe(ref to, i);
            a = Avx2.Add(a, Pairs(last));
        }

        return Total(Sum(Avx2.Add(a, b)), done, isBiased: true);
    }

    internal static ulong Sum512(ReadOnlySpan<byte> bytes, out int done)
    {
        done = bytes.Length & ~63;
        ref byte from = ref MemoryMarshal.GetReference(bytes);
        Vector512<uint> a = default, b = default;
        nuint i = 0;
        for (; i + 128 <= (nuint)done; i += 128)
        {
            a += Pairs(Vector512.LoadUnsafe(ref from, i));
            b += Pairs(Vector512.LoadUnsafe(ref from, i + 64));
        }

        if (i < (nuint)done)
            a += Pairs(Vector512.LoadUnsafe(ref from, i));

        return Total(Vector512.Sum(a + b), done, Avx512BW.IsSupported);
    }

    internal static ulong CopyAndSum512(ReadOnlySpan<byte> source, Span<byte> destination, out int done)
    {
        done = source.Length & ~63;
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(destination[..done]);
        Vector512<uint> a = default, b = default;
        nuint i = 0;
        for (; i + 128 <= (nuint)done; i += 128)
        {
            var first = Vector512.LoadUnsafe(ref from, i);
            var second = Vector512.LoadUnsafe(ref from, i + 64);
            first.StoreUnsafe(ref to, i);
            second.StoreUnsafe(ref to, i + 64);
            a += Pairs(first);
            b += Pairs(second);
        }

        if (i < (nuint)done)
        {
            var last = Vector512.LoadUnsafe(ref from, i);
            last.StoreUnsafe(ref to, i);
            a += Pairs(last);
        }

        return Total(Vector512.Sum(a + b), done, Avx512BW.IsSupported);
    }

    private static Vector128<uint> Pairs(Vector128<byte> bytes) => Sse2.IsSupported
        ? Sse2.MultiplyAddAdjacent((bytes.AsUInt16() ^ Vector128.Create(Bias)).AsInt16(), Vector128<short>.One).AsUInt32()
        : (bytes.AsUInt32() & Vector128.Create(0xFFFFu)) + (bytes.AsUInt32() >>> 16);

    private static Vector256<uint> Pairs(Vector256<byte> bytes) =>
        Avx2.MultiplyAddAdjacent(Avx2.Xor(bytes.AsUInt16(), Vector256.Create(Bias)).AsInt16(), Vector256<short>.One).AsUInt32();

    private static Vector512<uint> Pairs(Vector512<byte> bytes) => Avx512BW.IsSupported
        ? Avx512BW.MultiplyAddAdjacent((bytes.AsUInt16() ^ Vector512.Create(Bias)).AsInt16(), Vector512<short>.One).AsUInt32()
        : (bytes.AsUInt32() & Vector512.Create(0xFFFFu)) + (bytes.AsUInt32() >>> 16);

    private static uint Sum(Vector256<uint> lanes) => Vector128.Sum(lanes.GetLower() + lanes.GetUpper());

    private static ulong Total(uint sum, int length, bool isBiased) =>
        isBiased ? (ulong)((int)sum + ((long)length / sizeof(ushort) * Bias)) : sum;
}

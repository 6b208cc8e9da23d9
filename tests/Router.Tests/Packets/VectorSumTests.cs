using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using CsCheck;

namespace FastFlannel.Router.Tests;

public class VectorSumTests
{
    private delegate ulong Summing(ReadOnlySpan<byte> bytes, out int done);

    private delegate ulong Copying(ReadOnlySpan<byte> source, Span<byte> destination, out int done);

    public static TheoryData<int> Widths => [128, 256, 512];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Every_length_and_alignment_agrees_with_the_naive_sum(int width)
    {
        Assert.SkipUnless(IsAccelerated(width), $"this processor has no vectors of {width} bits");
        byte[] bytes = Bytes(2300);
        for (int length = 0; length <= 2100; length++)
        {
            for (int skip = 0; skip <= 64; skip++)
                AssertAgrees(width, bytes.AsSpan(skip, length));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Blocks_that_strain_the_lanes_agree_with_the_naive_sum(int width)
    {
        Assert.SkipUnless(IsAccelerated(width), $"this processor has no vectors of {width} bits");
        foreach (byte value in (byte[])[0x00, 0x7F, 0x80, 0xFF])
        {
            byte[] bytes = new byte[VectorSum.MaximumLength];
            bytes.AsSpan().Fill(value);
            AssertAgrees(width, bytes);
            bytes.AsSpan().Fill(value);
            bytes[1] = bytes[^2] = 0x01;
            AssertAgrees(width, bytes);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Random_blocks_up_to_the_longest_agree_with_the_naive_sum(int width)
    {
        Assert.SkipUnless(IsAccelerated(width), $"this processor has no vectors of {width} bits");
        Gen.Byte.Array[0, VectorSum.MaximumLength].Sample(bytes => AssertAgrees(width, bytes), iter: 100);
    }

    [Fact]
    public void Copying_and_summing_copies_exactly_and_sums_the_same()
    {
        byte[] source = Bytes(2300);
        for (int length = 0; length <= 2100; length++)
        {
            byte[] target = new byte[length + 128];
            target.AsSpan().Fill(0xA5);
            ReadOnlySpan<byte> part = source.AsSpan(length % 61, length);
            ushort initial = (ushort)(length * 31);
            Assert.Equal(InternetChecksum.Sum(part, initial), InternetChecksum.CopyAndSum(part, target.AsSpan(64, length), initial));
            Assert.True(part.SequenceEqual(target.AsSpan(64, length)), $"{length} bytes were not copied right");
            Assert.True(
                target.AsSpan(0, 64).IndexOfAnyExcept((byte)0xA5) < 0 && target.AsSpan(64 + length).IndexOfAnyExcept((byte)0xA5) < 0,
                $"copying {length} bytes wrote beside them");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(0xFFFE)]
    [InlineData(0xFFFF)]
    public void A_sum_goes_on_from_another(int initial) =>
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            // As if the other were one more word in front.
            byte[] whole = [(byte)(initial >> 8), (byte)initial, .. bytes];
            Assert.Equal(TestPacket.NaiveChecksum(whole), (ushort)~InternetChecksum.Sum(bytes, (ushort)initial));
        });

    private static void AssertAgrees(int width, ReadOnlySpan<byte> bytes)
    {
        (Summing sum, Copying copy) = Of(width);
        byte[] target = new byte[bytes.Length];
        ulong summed = sum(bytes, out int done);
        Assert.Equal(summed, copy(bytes, target, out int copied));
        Assert.Equal((bytes.Length & ~((width / 8) - 1), done), (done, copied));
        Assert.True(bytes[..done].SequenceEqual(target.AsSpan(0, done)), "not copied right");
        Assert.Equal(Reduced(bytes[..done]), summed % 0xFFFF);
    }

    /// <summary>The sum of the words as they lie in memory, modulo 2^16-1 as one's complement counts.</summary>
    private static ulong Reduced(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
            sum += BitConverter.ToUInt16(bytes[i..]);

        return sum % 0xFFFF;
    }

    private static (Summing Sum, Copying Copy) Of(int width) => width switch
    {
        128 => (VectorSum.Sum128, VectorSum.CopyAndSum128),
        256 => (VectorSum.Sum256, VectorSum.CopyAndSum256),
        _ => (VectorSum.Sum512, VectorSum.CopyAndSum512),
    };

    private static bool IsAccelerated(int width) => width switch
    {
        128 => Vector128.IsHardwareAccelerated,
        256 => Avx2.IsSupported,
        _ => Vector512.IsHardwareAccelerated,
    };

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(7).NextBytes(bytes);
        return bytes;
    }
}

using System.Buffers.Binary;
using CsCheck;

namespace FastFlannel.Router.Tests;

public class InternetChecksumTests
{
    [Fact]
    public void Agrees_with_the_naive_one_for_every_length_and_alignment() =>
        Gen.Select(Gen.Byte.Array[0, 2000], Gen.Int[0, 15]).Sample((bytes, skip) =>
        {
            ReadOnlySpan<byte> part = bytes.AsSpan(Math.Min(skip, bytes.Length));
            Assert.Equal(TestPacket.NaiveChecksum(part), InternetChecksum.Compute(part));
        });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(0xFFFF)]
    public void Every_length_and_alignment_agrees_with_pairs_of_bytes(int initial)
    {
        byte[] bytes = new byte[2100 + 64];
        new Random(11).NextBytes(bytes);
        for (int length = 0; length <= 2100; length++)
        {
            for (int skip = 0; skip <= 64; skip++)
                AssertAgrees(bytes.AsSpan(skip, length), (ushort)initial);
        }
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0xFF)]
    public void Blocks_of_one_byte_agree_with_pairs_of_bytes(int value)
    {
        byte[] bytes = new byte[65535];
        bytes.AsSpan().Fill((byte)value);
        foreach (ushort initial in (ushort[])[0, 1, 0xFFFF])
        {
            for (int length = 0; length <= 2100; length++)
                AssertAgrees(bytes.AsSpan(0, length), initial);

            AssertAgrees(bytes, initial);
        }
    }

    [Fact]
    public void Lengths_up_to_the_longest_packet_agree_with_pairs_of_bytes() =>
        Gen.Select(Gen.Byte.Array[0, 65535], Gen.UShort).Sample((bytes, initial) => AssertAgrees(bytes, initial), iter: 200);

    [Fact]
    public void A_destination_that_is_too_short_is_refused_and_nothing_written_beside_it()
    {
        for (int length = 1; length <= 300; length++)
        {
            byte[] source = new byte[length];
            byte[] target = new byte[length + 128];
            target.AsSpan().Fill(0xA5);
            Assert.ThrowsAny<ArgumentException>(() => InternetChecksum.CopyAndSum(source, target.AsSpan(64, source.Length - 1)));
            Assert.Equal(-1, target.AsSpan(0, 64).IndexOfAnyExcept((byte)0xA5));
            Assert.Equal(-1, target.AsSpan(64 + length - 1).IndexOfAnyExcept((byte)0xA5));
        }
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        byte[] bytes = new byte[65535];
        byte[] target = new byte[65535];
        int sum = SumEachWay(bytes, target);
        long before = GC.GetAllocatedBytesForCurrentThread();
        sum += SumEachWay(bytes, target);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, sum);
    }

    [Fact]
    public void Matches_the_example_of_RFC_1071()
    {
        byte[] example = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        Assert.Equal(0xddf2, InternetChecksum.Sum(example));
    }

    [Fact]
    public void An_update_equals_a_new_computation() =>
        Gen.Select(Gen.Byte.Array[20, 60], Gen.UShort, Gen.Int[0, 9]).Sample((header, after, word) =>
        {
            // A checksum field of 0xFFFF stands for an all-zero block, which no IP header is.
            header[0] = 0x45;
            int index = word == 5 || word == 0 ? 8 : word * 2;
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), 0);
            ushort checksum = InternetChecksum.Compute(header);
            ushort before = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(index));
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(index), after);
            Assert.Equal(InternetChecksum.Compute(header), InternetChecksum.Update(checksum, before, after));
        });

    private static int SumEachWay(ReadOnlySpan<byte> bytes, Span<byte> target)
    {
        int sum = 0;
        foreach (int length in (ReadOnlySpan<int>)[0, 1, 20, 31, 32, 64, 1472, 65535])
            sum += InternetChecksum.Sum(bytes[..length]) + InternetChecksum.CopyAndSum(bytes[..length], target);

        return sum + InternetChecksum.Update(0xFFFF, 0, 0);
    }

    private static void AssertAgrees(ReadOnlySpan<byte> bytes, ushort initial)
    {
        // Not Assert.Equal: this runs half a million times, and the message should say for which block.
        ushort expected = PairByPair(bytes, initial);
        ushort actual = InternetChecksum.Sum(bytes, initial);
        if (actual != expected)
            Assert.Fail($"{bytes.Length} bytes from {initial:x4}: expected {expected:x4}, got {actual:x4}");
    }

    private static ushort PairByPair(ReadOnlySpan<byte> bytes, ushort initial)
    {
        uint sum = initial;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += ((uint)bytes[i] << 8) | (i + 1 < bytes.Length ? bytes[i + 1] : 0u);
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)sum;
    }
}

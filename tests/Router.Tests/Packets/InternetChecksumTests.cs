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
}

using System.Buffers.Binary;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// The bytes of a TCP stream, cheap to make and the same on both sides: one random block again and again, stamped with the number
/// of the place each kilobyte has in the stream. A packet's payload that is lost, doubled or misplaced does not look like what
/// belongs there.
/// </summary>
internal sealed class StreamPattern
{
    /// <summary>Bytes of a block, and of the buffers for <see cref="Fill"/>.</summary>
    public const int BlockSize = 1 << 20;

    // Below what a segment carries, so that every packet has a stamp.
    private const int StampDistance = 1024;

    private readonly byte[] _block = new byte[BlockSize];

    /// <summary>Makes a stream's bytes.</summary>
    /// <param name="seed">Streams of different seeds have different bytes.</param>
    public StreamPattern(int seed) => new Random(seed).NextBytes(_block);

    /// <summary>Makes one block.</summary>
    /// <param name="index">0 for the stream's first.</param>
    /// <param name="block">Room for <see cref="BlockSize"/> bytes.</param>
    public void Fill(long index, Span<byte> block)
    {
        _block.CopyTo(block);
        long stamp = index * (BlockSize / StampDistance);
        for (int at = 0; at < BlockSize; at += StampDistance)
            BinaryPrimitives.WriteInt64LittleEndian(block[at..], stamp++);
    }
}

using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using FastFlannel.Native;
using FastFlannel.Router;

namespace FastFlannel.Perf;

/// <summary>
/// One TCP super-packet of 62,532 bytes to its 44 segments with all their checksums, without the system calls: what a TSO read
/// costs in user code. Beside it what cannot be had cheaper, the copy alone.
/// </summary>
[MemoryDiagnoser]
public class SegmentBenchmarks
{
    private const int HeaderLength = 20 + 32;
    private const int SegmentPayload = 1420;
    private const int Segments = 44;
    private const int Length = HeaderLength + (Segments * SegmentPayload);

    private static readonly VirtioHeader Header = new(
        VirtioHeader.NeedsChecksum, (byte)SegmentationType.TcpV4, HeaderLength, SegmentPayload, 20, 16);

    private readonly byte[] _super = new byte[Length];
    private readonly byte[] _segments = new byte[Segments * (HeaderLength + SegmentPayload)];

    [GlobalSetup]
    public void SetUp()
    {
        new Random(1).NextBytes(_super);
        byte[] ip = [0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 5, 1, 2, 10, 5, 2, 2];
        ip.CopyTo(_super, 0);
        BinaryPrimitives.WriteUInt16BigEndian(_super.AsSpan(2), Length);
        _super[32] = 0x80; // eight words of TCP header
        _super[33] = 0x18; // ACK, PSH
    }

    [Benchmark]
    public int Cut()
    {
        _ = PacketView.TryParse(_super, out PacketView packet);
        _ = SuperPacket.TryParse(packet, Header, out SuperPacket super);
        Span<byte> room = _segments;
        for (int i = 0; i < super.Count; i++)
        {
            int length = super.LengthOf(i);
            super.Write(i, room[..length]);
            room = room[length..];
        }

        return super.Count;
    }

    [Benchmark(Baseline = true)]
    public void Copy() => _super.CopyTo(_segments, 0);
}

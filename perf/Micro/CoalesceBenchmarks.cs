using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using FastFlannel.Native;
using FastFlannel.Router;

namespace FastFlannel.Perf;

/// <summary>
/// A train of 44 TCP segments to one super-packet: parse, verify both checksums, compare with the one before, gather. Once without
/// the system call, in which case nothing is written; and once with it, into a socket pair that is read empty again, which is the
/// larger part.
/// </summary>
[MemoryDiagnoser]
public class CoalesceBenchmarks : IDisposable
{
    private const int HeaderLength = 20 + 32;
    private const int Payload = 1420;
    private const int SegmentLength = HeaderLength + Payload;
    private const int Segments = 44;

    private readonly NativeBuffer _memory = new(Segments * SegmentLength);
    private readonly byte[] _read = new byte[2 * 65536];
    private readonly FlowBundle _bundle;
    private readonly Coalescer _coalescer;
    private readonly TunQueue _tun;
    private readonly TunQueue _kernel;

    public CoalesceBenchmarks()
    {
        var settings = new RouterSettings(default, SegmentLength, Offloads.All, TimeProvider.System, _ => { });
        _bundle = new FlowBundle(_memory);
        _coalescer = new Coalescer(_memory, settings, new Counters());
        (_tun, _kernel) = TunQueue.CreatePair();
    }

    [GlobalSetup]
    public void SetUp()
    {
        byte[] super = new byte[HeaderLength + (Segments * Payload)];
        new Random(1).NextBytes(super);
        byte[] ip = [0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 5, 1, 2, 10, 5, 2, 2];
        ip.CopyTo(super, 0);
        BinaryPrimitives.WriteUInt16BigEndian(super.AsSpan(2), (ushort)super.Length);
        super[32] = 0x80; // eight words of TCP header
        super[33] = 0x10; // ACK
        var header = new VirtioHeader(1, (byte)SegmentationType.TcpV4, HeaderLength, Payload, 20, 16);
        _ = PacketView.TryParse(super, out PacketView packet);
        _ = SuperPacket.TryParse(packet, header, out SuperPacket segments);
        for (int i = 0; i < Segments; i++)
            segments.Write(i, _memory.Span.Slice(i * SegmentLength, SegmentLength));

        if (Gather() != Segments || WriteToASocketPair() != VirtioHeader.Size + super.Length)
            throw new InvalidOperationException("the train was not joined");
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _bundle.Dispose();
        _coalescer.Dispose();
        _tun.Dispose();
        _kernel.Dispose();
        _memory.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public int Gather()
    {
        for (int i = 0; i < Segments; i++)
        {
            int offset = i * SegmentLength;
            _ = PacketView.TryParse(_memory.Span.Slice(offset, SegmentLength), out PacketView packet);
            if (!packet.HasValidChecksum || !FlowPacket.TryParse(packet, out FlowPacket flowPacket) || !flowPacket.MayJoin)
                return 0;

            if (i > 0)
                _ = _bundle.TryAdd(flowPacket, offset);
            else if (flowPacket.HasValidChecksum)
                _bundle.Start(flowPacket, offset);
        }

        return _bundle.Count;
    }

    [Benchmark]
    public int WriteToASocketPair()
    {
        using BorrowedDescriptor tun = _tun.Borrow();
        using BorrowedDescriptor kernel = _kernel.Borrow();
        for (int i = 0; i < Segments; i++)
        {
            int offset = i * SegmentLength;
            _ = PacketView.TryParse(_memory.Span.Slice(offset, SegmentLength), out PacketView packet);
            _coalescer.Take(tun.Number, packet, offset);
        }

        _coalescer.Flush(tun.Number);
        return DescriptorIo.Read(kernel.Number, _read).Value;
    }
}

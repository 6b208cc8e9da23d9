using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>The real coalescer with a receive memory of its own, writing into a socket pair or what a test puts in its place.</summary>
internal sealed class CoalescerRig : IDisposable
{
    private const int Buffer = 64 << 20;

    private readonly NativeBuffer _memory = new(8 << 20);
    private readonly Coalescer _coalescer;
    private readonly List<StepDown> _stepDowns = [];
    private readonly TunQueue _tun;
    private readonly TunQueue _kernel;

    public CoalescerRig(Offloads? offloads = null)
    {
        (_tun, _kernel) = TunQueue.CreatePair(Buffer);
        Descriptor = RawDescriptor.Of(_tun);
        var settings = new RouterSettings(
            LoopRig.TunAddress, LoopRig.Mtu, offloads ?? Offloads.All, TimeProvider.System, _stepDowns.Add);
        _coalescer = new Coalescer(_memory, settings, Counters);
    }

    public Counters Counters { get; } = new();

    public IReadOnlyList<StepDown> StepDowns => _stepDowns;

    /// <summary>Where packets are written.</summary>
    public int Descriptor { get; set; }

    /// <summary>One batch: takes all packets, then flushes.</summary>
    public void Take(params IEnumerable<byte[]> packets)
    {
        // Odd places too, for that is where the datagrams of a bundle lie.
        int offset = 0;
        foreach (byte[] bytes in packets)
        {
            Span<byte> place = _memory.Span.Slice(offset, bytes.Length);
            bytes.CopyTo(place);
            Assert.Equal(DropReason.None, PacketView.TryParse(place, out PacketView packet));
            _coalescer.Take(Descriptor, packet, offset);
            offset += bytes.Length;
        }

        _coalescer.Flush(Descriptor);
    }

    /// <summary>Takes packets and tells what was written to the socket pair.</summary>
    public List<WrittenPacket> Run(params IEnumerable<byte[]> packets)
    {
        Take(packets);
        List<WrittenPacket> written = [];
        while (RawDescriptor.Read(_kernel) is { } framed)
            written.Add(new WrittenPacket(VirtioHeader.Read(framed), framed[VirtioHeader.Size..]));

        return written;
    }

    public void Dispose()
    {
        _coalescer.Dispose();
        _memory.Dispose();
        _tun.Dispose();
        _kernel.Dispose();
    }
}

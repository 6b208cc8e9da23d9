using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>The real coalescer with a receive memory of its own, writing into a socket pair or what a test puts in its place.</summary>
internal sealed class CoalescerRig : IDisposable
{
    private const int Buffer = 64 << 20;

    private readonly NativeBuffer _memory = new(8 << 20);
    private readonly Coalescer _coalescer;
    private readonly List<StepDown> _stepDowns = [];
    private readonly List<int> _lengths = [];
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
        Place(packets);
        TakePlaced();
    }

    /// <summary>Puts packets where they are received, behind each other at odd places too, as the datagrams of a bundle lie.</summary>
    public void Place(IEnumerable<byte[]> packets)
    {
        _lengths.Clear();
        int offset = 0;
        foreach (byte[] bytes in packets)
        {
            bytes.CopyTo(_memory.Span[offset..]);
            offset += bytes.Length;
            _lengths.Add(bytes.Length);
        }
    }

    /// <summary>Takes the packets that were placed, then flushes.</summary>
    public void TakePlaced()
    {
        int offset = 0;
        foreach (int length in _lengths)
        {
            if (PacketView.TryParse(_memory.Span.Slice(offset, length), carriesIpv6: true, out PacketView packet) != DropReason.None)
                throw new InvalidOperationException("the coalescer gets valid packets only");

            _coalescer.Take(Descriptor, packet, offset);
            offset += length;
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

    /// <summary>Forgets what was written to the socket pair.</summary>
    public void Drain()
    {
        while (RawDescriptor.Read(_kernel) is not null)
        {
        }
    }

    public void Dispose()
    {
        _coalescer.Dispose();
        _memory.Dispose();
        _tun.Dispose();
        _kernel.Dispose();
    }
}

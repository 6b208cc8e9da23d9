using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// Packets on their way out, gathered into runs: a packet joins the last run to its peer when it has the run's length, so that
/// order within a peer is kept. The runs then go to the kernel in as few calls as it takes, each as one bundle where the path can
/// cut bundles up. What the kernel refuses never holds up what is behind it.
/// </summary>
internal sealed class SendBatch : IDisposable
{
    private const int MaximumRuns = 64;
    private const int MaximumMessages = 128;

    // Buffers are not a power of two apart, or the first lines of all of them would compete for one set of the CPU's caches.
    private const int BufferSize = 65536 + 192;

    private readonly SendVector _vector = new(MaximumMessages, MaximumRuns * BufferSize);
    private readonly SendRun[] _runs = new SendRun[MaximumRuns];
    private readonly Counters _counters;
    private readonly SegmentationRefusals _refusals;
    private readonly bool _segments;
    private int _head;
    private int _count;
    private int _reserved;

    /// <summary>Makes an empty batch.</summary>
    /// <param name="segments">Whether runs are sent as bundles.</param>
    /// <param name="refusals">The peers that take no bundles.</param>
    /// <param name="counters">Where sent packets are counted.</param>
    public SendBatch(bool segments, SegmentationRefusals refusals, Counters counters)
    {
        _segments = segments;
        _refusals = refusals;
        _counters = counters;
    }

    /// <summary>Whether no packet waits to be sent.</summary>
    public bool IsEmpty => _head == _count;

    /// <summary>Bytes that wait to be sent.</summary>
    public int PendingBytes { get; private set; }

    /// <summary>Where the packet goes that is sent next.</summary>
    public Ipv4Endpoint HeadNextHop => _runs[_head].NextHop;

    /// <summary>Whether the next to be sent is a bundle.</summary>
    public bool IsHeadBundle => IsBundle(in _runs[_head]);

    /// <summary>The packet that is sent next, the first one of a bundle.</summary>
    public Span<byte> HeadPacket
    {
        get
        {
            ref SendRun run = ref _runs[_head];
            return _vector.Memory.Slice((_head * BufferSize) + (run.Sent * run.PacketLength), run.LengthOf(run.Sent));
        }
    }

    /// <summary>Finds room for packets of one length behind each other, at the end of a run.</summary>
    /// <param name="length">Bytes of each.</param>
    /// <param name="count">How many, 1 or more.</param>
    /// <param name="nextHop">Their peer.</param>
    /// <param name="room">Room for as many as fit into the run; they are in the batch once they are committed.</param>
    /// <returns>How many fit; 0 when the batch has to be sent first.</returns>
    public int Reserve(int length, int count, Ipv4Endpoint nextHop, out Span<byte> room)
    {
        int index = _count - 1;
        while (index >= 0 && _runs[index].NextHop != nextHop)
            index--;

        if (index < 0 || _runs[index].Room(length) == 0)
        {
            if (_count == MaximumRuns)
            {
                room = default;
                return 0;
            }

            index = _count;
            _runs[index] = new SendRun { NextHop = nextHop, PacketLength = length, IsSeparate = !_segments };
        }

        _reserved = index;
        int fitting = Math.Min(count, _runs[index].Room(length));
        room = _vector.Memory.Slice((index * BufferSize) + _runs[index].Length, fitting * length);
        return fitting;
    }

    /// <summary>Puts packets into the batch that the last reserved room was filled with.</summary>
    /// <param name="length">Bytes of each, as reserved.</param>
    /// <param name="count">As many as fitted.</param>
    public void Commit(int length, int count)
    {
        ref SendRun run = ref _runs[_reserved];
        run.Length += length * count;
        run.Count += count;
        PendingBytes += length * count;
        if (_reserved == _count)
            _count++;
    }

    /// <summary>Sends from the head on, and counts what was sent.</summary>
    /// <returns>How many messages have left the batch; or why the first one has not.</returns>
    public SysResult TrySend(int socket)
    {
        SysResult result = _vector.Send(socket, Describe());
        for (int i = 0; i < result.Value; i++)
            RemoveHead(IsHeadBundle, forwarded: true);

        return result;
    }

    /// <summary>Lets the head's packets go one by one.</summary>
    public void SeparateHead() => _runs[_head].IsSeparate = true;

    /// <summary>Takes the head's first packet out of the batch.</summary>
    /// <param name="forwarded">Whether it is counted as forwarded.</param>
    public void RemoveHeadPacket(bool forwarded) => RemoveHead(wholeRun: false, forwarded);

    public void Dispose() => _vector.Dispose();

    private bool IsBundle(in SendRun run) => run.Count - run.Sent > 1 && !run.IsSeparate && !_refusals.Contains(run.NextHop);

    private int Describe()
    {
        int messages = 0;
        for (int i = _head; i < _count && messages < MaximumMessages; i++)
        {
            ref SendRun run = ref _runs[i];
            int start = i * BufferSize;
            if (IsBundle(in run))
            {
                int sent = run.Sent * run.PacketLength;
                _vector.Describe(messages++, start + sent, run.Length - sent, run.NextHop, run.PacketLength);
                continue;
            }

            for (int p = run.Sent; p < run.Count && messages < MaximumMessages; p++)
                _vector.Describe(messages++, start + (p * run.PacketLength), run.LengthOf(p), run.NextHop, segmentSize: 0);
        }

        return messages;
    }

    private void RemoveHead(bool wholeRun, bool forwarded)
    {
        ref SendRun run = ref _runs[_head];
        int last = wholeRun ? run.Count : run.Sent + 1;
        int bytes = wholeRun ? run.Length - (run.Sent * run.PacketLength) : run.LengthOf(run.Sent);
        if (forwarded)
            _counters.Forwarded(last - run.Sent, bytes);

        PendingBytes -= bytes;
        run.Sent = last;
        if (last == run.Count && ++_head == _count)
            _head = _count = 0;
    }
}

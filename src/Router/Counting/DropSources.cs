using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// Who sent what was dropped on the way in: the heaviest sources, each by reason, in a table that does not grow. Who is new takes the
/// place of the lightest and its count with it, so that a heavy source is never missed and no count is too low (the space-saving
/// algorithm of Metwally, Agrawal and El Abbadi). Written by one thread; any may take a <see cref="Snapshot"/>.
/// </summary>
public sealed class DropSources
{
    private const int Capacity = 32;

    // A source's address and, below it, the reason. No reason is 0, so neither is a key in use.
    private readonly ulong[] _keys = new ulong[Capacity];
    private readonly long[] _packets = new long[Capacity];

    /// <summary>Counts a packet.</summary>
    /// <param name="source">Whose datagram it came in.</param>
    /// <param name="reason">Why it was dropped.</param>
    /// <param name="packets">How many.</param>
    public void Add(Ipv4Address source, DropReason reason, long packets = 1)
    {
        ulong key = ((ulong)source.Value << 8) | (byte)reason;
        int index = _keys.AsSpan().IndexOf(key);
        if (index < 0)
        {
            index = Lightest();
            Volatile.Write(ref _keys[index], key);
        }

        _packets[index] += packets;
    }

    /// <summary>The sources now, in no order.</summary>
    public IReadOnlyList<DropSource> Snapshot()
    {
        List<DropSource> sources = [];
        for (int i = 0; i < Capacity; i++)
        {
            ulong key = Volatile.Read(ref _keys[i]);
            if (key != 0)
                sources.Add(new DropSource(new Ipv4Address((uint)(key >> 8)), (DropReason)(byte)key, Volatile.Read(ref _packets[i])));
        }

        return sources;
    }

    private int Lightest()
    {
        int lightest = 0;
        for (int i = 1; i < Capacity; i++)
        {
            if (_packets[i] < _packets[lightest])
                lightest = i;
        }

        return lightest;
    }
}

/// <summary>A source of packets that were dropped.</summary>
/// <param name="Address">Where the datagrams came from.</param>
/// <param name="Reason">Why they were dropped.</param>
/// <param name="Packets">How many, at the most: with many sources, a new one starts with the count of the lightest.</param>
public readonly record struct DropSource(Ipv4Address Address, DropReason Reason, long Packets);

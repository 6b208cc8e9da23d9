namespace FastFlannel.Router;

/// <summary>
/// What one direction of one worker has done. Written by its own thread only; any thread may take a <see cref="Snapshot"/>,
/// whose numbers may be a few packets apart.
/// </summary>
public sealed class Counters
{
    private static readonly int ReasonCount = Enum.GetValues<DropReason>().Length;
    private readonly long[] _drops = new long[ReasonCount];
    private long _packets;
    private long _bytes;
    private long _icmpErrors;
    private long _fragmented;
    private long _socketErrors;

    /// <summary>Bytes of forwarded packets so far, for the thread that counts.</summary>
    public long Bytes => _bytes;

    /// <summary>Counts forwarded packets.</summary>
    /// <param name="packets">How many, as they are on the wire.</param>
    /// <param name="bytes">Their length with their IP headers.</param>
    public void Forwarded(int packets, int bytes)
    {
        _packets += packets;
        _bytes += bytes;
    }

    /// <summary>Counts a forwarded packet whose datagram had to be fragmented.</summary>
    public void FragmentedOutside() => _fragmented++;

    /// <summary>Counts packets that were not forwarded.</summary>
    public void Dropped(DropReason reason, int packets = 1) => _drops[(int)reason] += packets;

    /// <summary>Counts an ICMP error sent to a packet's source.</summary>
    public void IcmpErrorSent() => _icmpErrors++;

    /// <summary>Counts a read or receive that failed for no packet's sake.</summary>
    public void ReceiveFailed() => _socketErrors++;

    /// <summary>The numbers now.</summary>
    public CounterSnapshot Snapshot()
    {
        var drops = new Dictionary<DropReason, long>();
        for (int i = 1; i < _drops.Length; i++)
            drops[(DropReason)i] = Volatile.Read(ref _drops[i]);

        return new CounterSnapshot(
            Volatile.Read(ref _packets), Volatile.Read(ref _bytes), Volatile.Read(ref _icmpErrors),
            Volatile.Read(ref _fragmented), Volatile.Read(ref _socketErrors), drops);
    }
}

/// <summary>What one direction has done since the start.</summary>
/// <param name="Packets">Forwarded packets.</param>
/// <param name="Bytes">Their bytes, with their IP headers.</param>
/// <param name="IcmpErrors">ICMP errors sent to packets' sources.</param>
/// <param name="Fragmented">Forwarded packets whose datagrams were fragmented, because the path is narrower than the overlay.</param>
/// <param name="ReceiveErrors">Reads or receives that failed.</param>
/// <param name="Drops">Packets not forwarded, by reason; every reason is present.</param>
public sealed record CounterSnapshot(
    long Packets, long Bytes, long IcmpErrors, long Fragmented, long ReceiveErrors,
    IReadOnlyDictionary<DropReason, long> Drops)
{
    /// <summary>All packets not forwarded.</summary>
    public long Dropped => Drops.Values.Sum();

    /// <summary>The numbers of several workers together.</summary>
    /// <param name="parts">At least one.</param>
    public static CounterSnapshot Sum(IEnumerable<CounterSnapshot> parts) => parts.Aggregate((a, b) => new CounterSnapshot(
        a.Packets + b.Packets,
        a.Bytes + b.Bytes,
        a.IcmpErrors + b.IcmpErrors,
        a.Fragmented + b.Fragmented,
        a.ReceiveErrors + b.ReceiveErrors,
        a.Drops.ToDictionary(drop => drop.Key, drop => drop.Value + b.Drops[drop.Key])));
}

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
    private long _socketErrors;

    /// <summary>Counts a forwarded packet.</summary>
    /// <param name="bytes">Its length with its IP header.</param>
    public void Forwarded(int bytes)
    {
        _packets++;
        _bytes += bytes;
    }

    /// <summary>Counts a packet that was not forwarded.</summary>
    public void Dropped(DropReason reason) => _drops[(int)reason]++;

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
            Volatile.Read(ref _packets), Volatile.Read(ref _bytes), Volatile.Read(ref _icmpErrors), Volatile.Read(ref _socketErrors), drops);
    }
}

/// <summary>What one direction has done since the start.</summary>
/// <param name="Packets">Forwarded packets.</param>
/// <param name="Bytes">Their bytes, with their IP headers.</param>
/// <param name="IcmpErrors">ICMP errors sent to packets' sources.</param>
/// <param name="ReceiveErrors">Reads or receives that failed.</param>
/// <param name="Drops">Packets not forwarded, by reason; every reason is present.</param>
public sealed record CounterSnapshot(
    long Packets, long Bytes, long IcmpErrors, long ReceiveErrors, IReadOnlyDictionary<DropReason, long> Drops)
{
    /// <summary>All packets not forwarded.</summary>
    public long Dropped => Drops.Values.Sum();
}

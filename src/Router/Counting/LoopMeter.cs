namespace FastFlannel.Router;

/// <summary>
/// What one thread has done since it began its work: how many turns it has made, and what it has allocated on the GC heap. Read by
/// the thread after each turn of its loop; any thread may look at the last reading.
/// </summary>
internal sealed class LoopMeter
{
    private long _before;
    private long _bytes;
    private long _turns;

    /// <summary>What was allocated by the last reading, in bytes.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How many readings there were.</summary>
    public long Turns => Volatile.Read(ref _turns);

    /// <summary>Begins to count, for the calling thread.</summary>
    public void Begin() => _before = GC.GetAllocatedBytesForCurrentThread();

    /// <summary>Takes a reading.</summary>
    public void Read()
    {
        Volatile.Write(ref _bytes, GC.GetAllocatedBytesForCurrentThread() - _before);
        Volatile.Write(ref _turns, _turns + 1);
    }
}

namespace FastFlannel.Router;

/// <summary>
/// What one thread has allocated on the GC heap since it began its work. Read by the thread after each turn of its loop; any
/// thread may look at the last reading.
/// </summary>
internal sealed class AllocationMeter
{
    private long _before;
    private long _bytes;

    /// <summary>The last reading, in bytes.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Begins to count, for the calling thread.</summary>
    public void Begin() => _before = GC.GetAllocatedBytesForCurrentThread();

    /// <summary>Takes a reading.</summary>
    public void Read() => Volatile.Write(ref _bytes, GC.GetAllocatedBytesForCurrentThread() - _before);
}

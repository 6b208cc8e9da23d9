namespace FastFlannel.Router;

/// <summary>
/// A token bucket that bounds how many ICMP errors a worker sends (RFC 1812 section 4.3.2.8): a container that scans addresses
/// nobody leases must not buy as many answers. Owned by one worker.
/// </summary>
public sealed class IcmpLimiter
{
    private readonly TimeProvider _time;
    private readonly double _perTick;
    private readonly int _burst;
    private double _tokens;
    private long _last;

    /// <summary>Makes a full bucket.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="perSecond">Errors a second.</param>
    /// <param name="burst">Errors that may follow each other at once.</param>
    public IcmpLimiter(TimeProvider time, int perSecond = 1000, int burst = 100)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _perTick = (double)perSecond / time.TimestampFrequency;
        _burst = burst;
        _tokens = burst;
        _last = time.GetTimestamp();
    }

    /// <summary>Takes a token.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryTake()
    {
        long now = _time.GetTimestamp();
        _tokens = Math.Min(_burst, _tokens + ((now - _last) * _perTick));
        _last = now;
        if (_tokens < 1)
            return false;

        _tokens--;
        return true;
    }
}

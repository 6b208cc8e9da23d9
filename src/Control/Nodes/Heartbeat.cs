namespace FastFlannel.Control;

/// <summary>One loop's sign of life, from <see cref="Pulse.Begin"/> until it is disposed of.</summary>
public sealed class Heartbeat : IDisposable
{
    private readonly Func<long> _now;
    private readonly Action<Heartbeat> _ended;
    private long _lastTurn;
    private volatile string? _cause;

    internal Heartbeat(string loop, Func<long> now, Action<Heartbeat> ended)
    {
        (Loop, _now, _ended) = (loop, now, ended);
        Beat();
    }

    /// <summary>What the loop does.</summary>
    public string Loop { get; }

    /// <summary>When it turned last, in the clock's ticks.</summary>
    public long LastTurn => Volatile.Read(ref _lastTurn);

    /// <summary>Why it has to go on trying, or null.</summary>
    public string? Cause => _cause;

    /// <summary>The loop has turned.</summary>
    /// <param name="cause">Why it has to go on trying, if it waits for something.</param>
    public void Beat(string? cause = null)
    {
        Volatile.Write(ref _lastTurn, _now());
        _cause = cause;
    }

    /// <summary>The loop has ended, and need not turn any more.</summary>
    public void Dispose() => _ended(this);
}

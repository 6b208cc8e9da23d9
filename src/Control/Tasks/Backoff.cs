namespace FastFlannel.Control;

/// <summary>Pauses between tries, each twice as long as the one before, and with jitter: the hosts of a cluster do not all come in the same instant.</summary>
/// <param name="first">The first pause, give or take a quarter of it, as for all of them.</param>
/// <param name="longest">What no pause exceeds but for the jitter.</param>
/// <param name="time">The clock.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, TimeProvider time)
{
    private TimeSpan? _next;

    /// <summary>Begins with the first pause again.</summary>
    public void Reset() => _next = null;

    /// <summary>Pauses.</summary>
    public Task PauseAsync(CancellationToken cancellation)
    {
        TimeSpan pause = _next ?? first;
        _next = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, longest.Ticks));
        return Task.Delay(pause * (0.75 + (Random.Shared.NextDouble() / 2)), time, cancellation);
    }
}

using System.Collections.Frozen;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Tells when the kernel may have changed what a plan wants: soon after an event, but not more often than pays.</summary>
internal sealed class KernelEvents : IDisposable
{
    private const RouteEventGroups Groups =
        RouteEventGroups.Links
        | RouteEventGroups.Neighbours
        | RouteEventGroups.Ipv4Addresses
        | RouteEventGroups.Ipv4Routes
        | RouteEventGroups.Ipv6Addresses
        | RouteEventGroups.Ipv6Routes;

    // Changes come in swarms. A look at everything is worth a few milliseconds' patience, and in a storm of changes looking takes
    // a fifth of the time. A change after a calm waits for no more than the swarm.
    private const int PausesPerPass = 4;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(400);

    private readonly TimeProvider _time;
    private readonly RouteEvents _events;
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private volatile FrozenSet<int>? _links = [];
    private int _hopes;
    private TimeSpan _pause = ShortestPause;
    private long _lookedAt;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="SysException">The process has no descriptor left.</exception>
    public KernelEvents(TimeProvider time)
    {
        _time = time;
        _events = RouteEvents.Open(Groups);
    }

    /// <summary>Says, at the end of a pass, what to look out for.</summary>
    /// <param name="links">The links that matter; null for all, because one that matters is not there yet.</param>
    /// <param name="passTime">How long a pass over everything takes.</param>
    public void Watch(IReadOnlySet<int>? links, TimeSpan passTime)
    {
        _links = links?.ToFrozenSet();
        _pause = TimeSpan.FromTicks(Math.Clamp(passTime.Ticks * PausesPerPass, ShortestPause.Ticks, LongestPause.Ticks));
        Volatile.Write(ref _lookedAt, _time.GetTimestamp());
    }

    /// <summary>Follows the kernel until told to stop.</summary>
    public async Task ListenAsync(CancellationToken cancellation)
    {
        while (true)
        {
            foreach (RouteEvent change in await _events.WaitAsync(cancellation))
            {
                if (IsRelevant(change))
                    Want(isHopeful: change.Kind is RouteEventKind.Link or RouteEventKind.Address or RouteEventKind.Overrun);
            }
        }
    }

    /// <summary>Waits until a pass is due.</summary>
    /// <param name="limit">How long at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Whether links or addresses have changed, so that what failed before may work now.</returns>
    public async Task<bool> WaitAsync(TimeSpan limit, CancellationToken cancellation)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task wanted = _wanted.WaitAsync(timer.Token);
        _ = await Task.WhenAny(wanted, Task.Delay(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, _time, timer.Token));
        await timer.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        if (wanted.IsCompletedSuccessfully)
        {
            TimeSpan left = _pause - _time.GetElapsedTime(Volatile.Read(ref _lookedAt));
            await Task.Delay(left > ShortestPause ? left : ShortestPause, _time, cancellation);
        }

        // What came during the pause will be seen now; what comes during the pass is for the next one.
        _ = _wanted.Wait(0, CancellationToken.None);
        return Interlocked.Exchange(ref _hopes, 0) > 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _events.Dispose();
        _wanted.Dispose();
    }

    /// <summary>A route that takes the place of ours may lead over any link; everything else of ours is on ours.</summary>
    private bool IsRelevant(RouteEvent change) =>
        change.Kind is RouteEventKind.Overrun or RouteEventKind.Route || _links?.Contains(change.LinkIndex) != false;

    private void Want(bool isHopeful)
    {
        if (isHopeful)
            _ = Interlocked.Increment(ref _hopes);

        if (_wanted.CurrentCount == 0)
            _ = _wanted.Release();
    }
}

namespace FastFlannel.Control;

/// <summary>
/// Where a node and the daemon that is to take its place come together: one asks, the other stands by. The admin socket is on one
/// side, <see cref="NodeLifecycle"/> on the other (docs/adr/0017-hand-over.md).
/// </summary>
/// <param name="time">The clock.</param>
public sealed class Succession(TimeProvider time)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _asked;
    private volatile Successor? _successor;

    /// <summary>How long a node waits for its successor. What it has in etcd on leases of 30 s outlives that.</summary>
    public static TimeSpan LongestStandBy { get; } = TimeSpan.FromSeconds(15);

    /// <summary>Who this process is, as its owner mark names it.</summary>
    public static string Identity => HostProcess.Current.ToJson();

    /// <summary>Whether somebody is taking over, or has.</summary>
    public bool IsUnderWay => _successor is not null;

    /// <summary>Asks the node to stand by for a successor.</summary>
    /// <returns>How it goes on; null when the node cannot, because it has not started yet or stands by for another.</returns>
    public Successor? TryAsk()
    {
        lock (_lock)
        {
            if (_asked is null || _successor is not null)
                return null;

            _successor = new Successor();
            _asked.SetResult();
            return _successor;
        }
    }

    /// <summary>Waits until somebody asks; until then this node can be taken over.</summary>
    public async Task AskedAsync(CancellationToken cancellation)
    {
        Task asked;
        lock (_lock)
        {
            _asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            asked = _asked.Task;
        }

        try
        {
            await asked.WaitAsync(cancellation);
        }
        finally
        {
            lock (_lock)
                _asked = null;
        }
    }

    /// <summary>Stands by for whoever has asked, all else having come to rest.</summary>
    /// <param name="pause">Carries no more packets.</param>
    /// <param name="cancellation">The order to stop.</param>
    /// <returns>Whether the other has taken over; if not, this node goes on.</returns>
    public async Task<bool> StandByAsync(Action pause, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(pause);
        Successor successor = _successor ?? throw new InvalidOperationException("nobody has asked");
        Task limit = Task.Delay(LongestStandBy, time, cancellation);
        successor.StandsBy.SetResult();
        if (await Task.WhenAny(successor.ReleaseAsked.Task, successor.Ended.Task, limit) == successor.ReleaseAsked.Task)
        {
            pause();
            successor.Released.SetResult();
            _ = await Task.WhenAny(successor.Ended.Task, limit);
        }

        cancellation.ThrowIfCancellationRequested();
        _ = successor.Ended.TrySetResult(false);
        if (await successor.Ended.Task)
            return true;

        lock (_lock)
            _successor = null;

        return false;
    }
}

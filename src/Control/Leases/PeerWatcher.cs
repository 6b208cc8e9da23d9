using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// Follows the leases of all hosts: a list, then a watch from its revision on, so that no lease is missed, whoever starts when.
/// When the watch breaks, for whatever reason, the answer is a new list; what it shows to have changed meanwhile is found by
/// comparing. As long as etcd is away the last peers stay in force.
/// </summary>
internal sealed class PeerWatcher(
    LeaseRegistry registry, Patience patience, NodeStatus status, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Health = TimeSpan.FromSeconds(30);

    // Long enough for most hosts to find etcd again and to put their leases back.
    private static readonly TimeSpan RecoveryTime = TimeSpan.FromSeconds(4);

    private readonly Dictionary<Subnet, Lease> _leases = [];
    private readonly SaidOnce<string> _warned = new();
    private readonly LogBudget _breaks = new(time);
    private readonly PeerLog _log = new(time, logger);
    private long _revision;

    /// <summary>Watches until told to stop.</summary>
    /// <param name="own">This host's lease.</param>
    /// <param name="apply">Called with all peers first, and after every change.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="FatalException">The own lease was lost to another host.</exception>
    public async Task RunAsync(OwnLease own, Action<IReadOnlyCollection<Lease>> apply, CancellationToken cancellation)
    {
        var backoff = new Backoff(FirstPause, LongestPause, time);
        while (true)
        {
            long began = time.GetTimestamp();
            LeaseList list = await ListAsync(own, cancellation);
            status.ReportEtcd(null);
            Replace(list, own, apply);
            try
            {
                await FollowAsync(own, apply, cancellation);
            }
            catch (EtcdException e)
            {
                status.ReportEtcd(e.Message);
                if (_breaks.Allows(e.Message))
                    logger.WatchBroke(e.Message);
            }

            // A watch that breaks as soon as it is made must not turn into a stream of lists.
            if (time.GetElapsedTime(began) > Health)
            {
                _breaks.Reset();
                backoff.Reset();
            }

            await backoff.PauseAsync(cancellation);
        }
    }

    /// <summary>A list that has the own lease. A store that has forgotten gets a moment, for the others to put theirs back.</summary>
    private async Task<LeaseList> ListAsync(OwnLease own, CancellationToken cancellation)
    {
        LeaseList list = await patience.UntilDoneAsync("list the leases", ListOnceAsync, cancellation);
        if (list.Revision < _revision)
        {
            logger.HistoryLost(_revision, list.Revision, RecoveryTime.TotalSeconds);
            await Task.Delay(RecoveryTime, time, cancellation);
            list = await patience.UntilDoneAsync("list the leases", ListOnceAsync, cancellation);
        }

        return list;

        async Task<LeaseList> ListOnceAsync(CancellationToken token)
        {
            LeaseList seen = await registry.ListAsync(token);
            await own.ObserveAsync(seen.Leases.FirstOrDefault(lease => lease.Subnet == own.Subnet), token);
            return seen;
        }
    }

    /// <summary>Follows the watch. A route table of 10,000 peers is not made anew for each of many changes.</summary>
    private async Task FollowAsync(OwnLease own, Action<IReadOnlyCollection<Lease>> apply, CancellationToken cancellation)
    {
        IAsyncEnumerable<IReadOnlyList<LeaseEvent>> watch = registry.WatchAsync(_revision + 1, cancellation);
        await foreach (IReadOnlyList<LeaseEvent> events in watch.GatherAsync(time, cancellation))
            await UpdateAsync(events, own, apply, cancellation);
    }

    private void Replace(LeaseList list, OwnLease own, Action<IReadOnlyCollection<Lease>> apply)
    {
        foreach (string problem in list.Skipped)
            Warn(problem);

        Dictionary<Subnet, Lease> newer = list.Leases.ToDictionary(lease => lease.Subnet);
        _log.Note(LeaseDiff.Between(_leases, newer, own.Subnet));
        _revision = list.Revision;
        _leases.Clear();
        foreach ((Subnet subnet, Lease lease) in newer)
            _leases.Add(subnet, lease);

        Apply(own, apply);
    }

    private async Task UpdateAsync(
        IReadOnlyList<LeaseEvent> events, OwnLease own, Action<IReadOnlyCollection<Lease>> apply, CancellationToken cancellation)
    {
        // Only what the events touch, so that the cost does not grow with the cluster.
        Dictionary<Subnet, Lease> older = [];
        Dictionary<Subnet, Lease> newer = [];
        LeaseEvent? last = null;
        foreach (LeaseEvent change in events)
        {
            if (change.Problem is not null)
                Warn(change.Problem);

            _revision = Math.Max(_revision, change.Revision);
            if (change.Subnet is not { } subnet)
                continue;

            if (subnet == own.Subnet)
                last = change;
            else if (_leases.TryGetValue(subnet, out Lease? before) && !newer.ContainsKey(subnet))
                _ = older.TryAdd(subnet, before);

            if (change.Lease is null)
                _ = _leases.Remove(subnet) | newer.Remove(subnet);
            else
                _leases[subnet] = newer[subnet] = change.Lease;
        }

        LeaseDiff diff = LeaseDiff.Between(older, newer, own.Subnet);
        _log.Note(diff);
        if (!diff.IsEmpty)
            Apply(own, apply);

        if (last is not null)
            await own.ObserveAsync(last.Lease, cancellation);
    }

    private void Apply(OwnLease own, Action<IReadOnlyCollection<Lease>> apply) =>
        apply([.. _leases.Values.Where(lease => lease.Subnet != own.Subnet)]);

    /// <summary>One warning for each key and fault, however often it is listed.</summary>
    private void Warn(string problem)
    {
        if (_warned.IsNew(problem))
            logger.LeaseSkipped(problem);
    }
}

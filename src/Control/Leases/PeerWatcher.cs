using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// Follows the leases of all hosts: a list, then a watch from its revision on, so that no lease is missed, whoever starts when.
/// When the watch breaks, for whatever reason, the answer is a new list; what it shows to have changed meanwhile is found by
/// comparing.
/// </summary>
internal sealed class PeerWatcher(LeaseRegistry registry, Patience patience, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly Dictionary<Subnet, Lease> _leases = [];
    private readonly HashSet<string> _warned = [];

    /// <summary>Watches until told to stop.</summary>
    /// <param name="own">This host's lease.</param>
    /// <param name="apply">Called with all peers first, and after every change.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="FatalException">The own lease was lost.</exception>
    public async Task RunAsync(Lease own, Action<IReadOnlyCollection<Lease>> apply, CancellationToken cancellation)
    {
        TimeSpan pause = FirstPause;
        while (true)
        {
            long began = time.GetTimestamp();
            LeaseList list = await patience.UntilDoneAsync("list the leases", registry.ListAsync, cancellation);
            Replace(list, own, apply);
            try
            {
                await foreach (IReadOnlyList<LeaseEvent> events in registry.WatchAsync(list.Revision + 1, cancellation))
                    Update(events, own, apply);
            }
            catch (EtcdException e)
            {
                logger.WatchBroke(e.Message);
            }

            // A watch that breaks as soon as it is made must not turn into a stream of lists.
            bool wasHealthy = time.GetElapsedTime(began) > LongestPause;
            pause = wasHealthy ? FirstPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            await Task.Delay(pause, time, cancellation);
        }
    }

    private void Replace(LeaseList list, Lease own, Action<IReadOnlyCollection<Lease>> apply)
    {
        Dictionary<Subnet, Lease> newer = list.Leases.ToDictionary(lease => lease.Subnet);
        foreach (string problem in list.Skipped)
            Warn(problem);

        _ = OwnLease.Check(own, newer.GetValueOrDefault(own.Subnet));
        Log(LeaseDiff.Between(_leases, newer, own.Subnet));
        _leases.Clear();
        foreach ((Subnet subnet, Lease lease) in newer)
            _leases.Add(subnet, lease);

        Apply(own, apply);
    }

    private void Update(IReadOnlyList<LeaseEvent> events, Lease own, Action<IReadOnlyCollection<Lease>> apply)
    {
        var older = new Dictionary<Subnet, Lease>(_leases);
        foreach (LeaseEvent change in events)
        {
            if (change.Problem is not null)
                Warn(change.Problem);

            if (change.Subnet is not { } subnet)
                continue;

            if (subnet == own.Subnet)
                _ = OwnLease.Check(own, change.Lease);

            if (change.Lease is null)
                _ = _leases.Remove(subnet);
            else
                _leases[subnet] = change.Lease;
        }

        LeaseDiff diff = LeaseDiff.Between(older, _leases, own.Subnet);
        Log(diff);
        if (!diff.IsEmpty)
            Apply(own, apply);
    }

    private void Apply(Lease own, Action<IReadOnlyCollection<Lease>> apply) =>
        apply([.. _leases.Values.Where(lease => lease.Subnet != own.Subnet)]);

    private void Log(LeaseDiff diff)
    {
        foreach (Lease lease in diff.Added)
            logger.PeerAdded(lease.Subnet, lease.Attributes.PublicIP);

        foreach (LeaseChange change in diff.Changed)
            logger.PeerChanged(change.New.Subnet, change.Old.Attributes.ToJson(), change.New.Attributes.ToJson());

        foreach (Lease lease in diff.Removed)
            logger.PeerRemoved(lease.Subnet, lease.Attributes.PublicIP);
    }

    /// <summary>One warning for each key and fault, however often it is listed.</summary>
    private void Warn(string problem)
    {
        if (_warned.Add(problem))
            logger.LeaseSkipped(problem);
    }
}

namespace FastFlannel.Control;

/// <summary>
/// Etcd leases that may exist and hold no key: of a call whose answer got lost, or not yet revoked because etcd was away.
/// </summary>
internal sealed class OrphanLeases(EtcdStore store)
{
    // A member that hung carries out what it had in hand when it goes on. For so long, one that is not there may still come.
    private static readonly TimeSpan Doubt = TimeSpan.FromMinutes(5);

    // An etcd that stays away makes one with every try. Those that find no room end by themselves; to ask for thousands of them would
    // delay the list that comes first when it is back.
    private const int Most = 64;

    private readonly TimeProvider _time = store.Time;
    private readonly Dictionary<long, long> _remembered = [];

    /// <summary>How many there may be.</summary>
    internal int Count
    {
        get
        {
            lock (_remembered)
                return _remembered.Count;
        }
    }

    /// <summary>Such a lease.</summary>
    public void Remember(long leaseId)
    {
        lock (_remembered)
        {
            if (_remembered.Count < Most)
                _ = _remembered.TryAdd(leaseId, _time.GetTimestamp());
        }
    }

    /// <summary>Revokes those that exist and hold no key, as far as etcd answers. A key that did hang on one keeps it.</summary>
    public async Task SettleAsync(CancellationToken cancellation)
    {
        KeyValuePair<long, long>[] remembered;
        lock (_remembered)
            remembered = [.. _remembered];

        try
        {
            foreach ((long leaseId, long since) in remembered)
            {
                bool? hasKeys = await store.HasKeysAsync(leaseId, cancellation);
                if (hasKeys is null && _time.GetElapsedTime(since) < Doubt)
                    continue;

                if (hasKeys is false)
                    await store.RevokeAsync(leaseId, cancellation);

                lock (_remembered)
                    _ = _remembered.Remove(leaseId);
            }
        }
        catch (EtcdException)
        {
            // The next time.
        }
    }
}

using dotnet_etcd;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Mvccpb;

namespace FastFlannel.Control;

/// <summary>All subnets of a network as etcd holds them at one revision.</summary>
/// <param name="Revision">The store's revision; a watch from the next one misses nothing.</param>
/// <param name="Leases">The leases that could be read.</param>
/// <param name="Skipped">One text for each key that could not: which, and why.</param>
public sealed record LeaseList(long Revision, IReadOnlyList<Lease> Leases, IReadOnlyList<string> Skipped)
{
    /// <summary>
    /// The subnets among the skipped, each with the revision that wrote its key: whoever holds them, they are not there to be taken.
    /// </summary>
    public IReadOnlyDictionary<Subnet, long> Unreadable { get; init; } = new Dictionary<Subnet, long>();
}

/// <summary>
/// Subnet leases in etcd (flannel, pkg/subnet/etcd/registry.go): a key each under <c>&lt;prefix&gt;/subnets/</c>, on an etcd lease
/// of its own. Every write compares first, so that it never destroys what another host has written.
/// </summary>
public sealed partial class LeaseRegistry
{
    private readonly EtcdStore _store;
    private readonly string _prefix;

    private readonly OrphanLeases _orphans;

    /// <summary>Works on the leases of one network.</summary>
    public LeaseRegistry(EtcdStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _prefix = store.Settings.Prefix;
        _orphans = new OrphanLeases(store);
    }

    /// <summary>How long a subnet stays leased without renewal; etcd's own least is 2 s.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromHours(24);

    /// <inheritdoc cref="EtcdStore.Reconnect"/>
    internal void Reconnect() => _store.Reconnect();

    /// <summary>Reads the network config's text.</summary>
    /// <returns>The text, or null when there is none.</returns>
    public Task<string?> ReadConfigAsync(CancellationToken cancellation) =>
        _store.GetAsync(EtcdKeys.Config(_prefix), cancellation);

    /// <summary>Reads all leases.</summary>
    public async Task<LeaseList> ListAsync(CancellationToken cancellation)
    {
        RangeResponse response = await _store.ListAsync(EtcdKeys.Subnets(_prefix), cancellation);
        List<Lease> leases = new(response.Kvs.Count);
        List<string> skipped = [];
        Dictionary<Subnet, long> unreadable = [];
        foreach (KeyValue pair in response.Kvs)
        {
            if (LeaseRecord.TryRead(_prefix, pair, out Lease? lease, out string? problem))
            {
                leases.Add(lease);
                continue;
            }

            skipped.Add(problem);
            if (LeaseRecord.SubnetOf(_prefix, pair) is { } subnet)
                unreadable.Add(subnet, pair.ModRevision);
        }

        await _orphans.SettleAsync(cancellation);
        return new LeaseList(response.Header.Revision, leases, skipped) { Unreadable = unreadable };
    }

    /// <summary>Follows the leases from a revision on.</summary>
    /// <exception cref="EtcdException">The watch broke; list again.</exception>
    public async IAsyncEnumerable<IReadOnlyList<LeaseEvent>> WatchAsync(
        long revision, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (IReadOnlyList<Event> events in _store.WatchAsync(EtcdKeys.Subnets(_prefix), revision, cancellation))
            yield return [.. events.Select(change => LeaseRecord.ReadEvent(_prefix, change))];
    }

    /// <summary>How long a lease lives on without renewal, to the second; less than nothing when it has run out. Not for a reservation.</summary>
    internal Task<TimeSpan> TimeLeftAsync(Lease lease, CancellationToken cancellation) =>
        _store.TimeToLiveAsync(lease.EtcdLeaseId, cancellation);

    /// <summary>Leases a subnet that nobody has.</summary>
    /// <returns>The lease, or null when somebody has it by now.</returns>
    public Task<Lease?> TryCreateAsync(Subnet subnet, LeaseAttributes attributes, CancellationToken cancellation) =>
        TryPutOnNewLeaseAsync(subnet, attributes, [Absent(subnet)], cancellation);

    /// <summary>Leases a subnet that nobody had when the leases were listed.</summary>
    /// <param name="subnet">What was free.</param>
    /// <param name="attributes">How this host is reached.</param>
    /// <param name="listed">The list's revision.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The lease, or null when somebody has it, or may have one of its families, by now.</returns>
    public Task<Lease?> TryCreateAsync(Subnet subnet, LeaseAttributes attributes, long listed, CancellationToken cancellation)
    {
        // A key of two families does not keep another host from one of them alone: nothing at all may have been written since.
        Compare[] conditions = subnet.Ipv6 is null ? [Absent(subnet)] : [Absent(subnet), NothingSince(listed)];
        return TryPutOnNewLeaseAsync(subnet, attributes, conditions, cancellation);
    }

    /// <summary>Gives an own lease new attributes and its full time again. A reservation stays one: it never expires.</summary>
    /// <returns>The lease as it is now, or null when it was changed or deleted meanwhile.</returns>
    public async Task<Lease?> TryRenewAsync(Lease lease, LeaseAttributes attributes, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        if (lease.IsReservation)
            return await TryPutAsync(lease.Subnet, attributes, leaseId: 0, [Unchanged(lease)], cancellation);

        Lease? renewed = await TryPutOnNewLeaseAsync(lease.Subnet, attributes, [Unchanged(lease)], cancellation);
        if (renewed is null)
            return null;

        await RevokeQuietlyAsync(lease.EtcdLeaseId, cancellation);
        await _orphans.SettleAsync(cancellation);
        return renewed;
    }

    /// <summary>Deletes a lease, unless it was changed meanwhile.</summary>
    /// <returns>Whether it was deleted.</returns>
    public async Task<bool> TryDeleteAsync(Lease lease, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        var delete = new DeleteRangeRequest { Key = KeyOf(lease.Subnet) };
        if (await _store.TransactAsync(Unchanged(lease), new RequestOp { RequestDeleteRange = delete }, cancellation) is null)
            return false;

        if (!lease.IsReservation)
            await RevokeQuietlyAsync(lease.EtcdLeaseId, cancellation);

        return true;
    }

    private Compare Unchanged(Lease lease) => new()
    {
        Key = KeyOf(lease.Subnet),
        Target = Compare.Types.CompareTarget.Mod,
        Result = Compare.Types.CompareResult.Equal,
        ModRevision = lease.ModRevision,
    };

    private Compare Absent(Subnet subnet) => new()
    {
        Key = KeyOf(subnet),
        Target = Compare.Types.CompareTarget.Version,
        Result = Compare.Types.CompareResult.Equal,
        Version = 0,
    };

    private Compare NothingSince(long revision)
    {
        var prefix = ByteString.CopyFromUtf8(EtcdKeys.Subnets(_prefix));
        return new Compare
        {
            Key = prefix,
            RangeEnd = EtcdClient.GetRangeEnd(prefix),
            Target = Compare.Types.CompareTarget.Mod,
            Result = Compare.Types.CompareResult.Less,
            ModRevision = revision + 1,
        };
    }

    private ByteString KeyOf(Subnet subnet) => ByteString.CopyFromUtf8(LeaseKey.Format(_prefix, subnet));

    private async Task<Lease?> TryPutOnNewLeaseAsync(
        Subnet subnet, LeaseAttributes attributes, Compare[] conditions, CancellationToken cancellation)
    {
        long leaseId = await GrantAsync(cancellation);
        Lease? lease;
        try
        {
            lease = await TryPutAsync(subnet, attributes, leaseId, conditions, cancellation);
        }
        catch (EtcdException)
        {
            // The answer got lost: the key may hang on this lease already.
            _orphans.Remember(leaseId);
            throw;
        }

        if (lease is null)
            await RevokeQuietlyAsync(leaseId, cancellation);

        return lease;
    }

    private async Task<long> GrantAsync(CancellationToken cancellation)
    {
        // Chosen here and not by etcd, so that a lease whose grant was not answered in time can be revoked.
        long leaseId = Random.Shared.NextInt64(1, long.MaxValue);
        try
        {
            return await _store.GrantAsync(TimeToLive, cancellation, leaseId);
        }
        catch (EtcdException e) when (e.Status is not { } status || !EtcdFailure.IsAnswer(status))
        {
            _orphans.Remember(leaseId);
            throw;
        }
    }

    private async Task<Lease?> TryPutAsync(
        Subnet subnet, LeaseAttributes attributes, long leaseId, Compare[] conditions, CancellationToken cancellation)
    {
        var put = new PutRequest { Key = KeyOf(subnet), Value = ByteString.CopyFromUtf8(attributes.ToJson()), Lease = leaseId };
        long? revision = await _store.TransactAsync(conditions, new RequestOp { RequestPut = put }, cancellation);
        return revision is null ? null : new Lease(subnet, attributes, leaseId, revision.Value);
    }

    private async Task RevokeQuietlyAsync(long leaseId, CancellationToken cancellation)
    {
        try
        {
            await _store.RevokeAsync(leaseId, cancellation);
        }
        catch (EtcdException e) when (e.InnerException is RpcException { StatusCode: StatusCode.NotFound })
        {
            // It has expired.
        }
        catch (EtcdException)
        {
            _orphans.Remember(leaseId);
        }
    }
}

using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// This host's hold on its subnet. Whatever happens to the key in etcd, the answer is a fresh list: still ours, it is followed, and
/// written again where it says something else of this host; gone, it is put back while packets flow on; another host's, this host
/// stops, since going on would break both.
/// </summary>
internal sealed class OwnLease(LeaseRegistry registry, Lease acquired, TimeProvider time, ILogger logger) : IDisposable
{
    // Whoever else writes this host's attributes does so again: two that answer each other at once would never stop.
    private static readonly TimeSpan CorrectionPause = TimeSpan.FromSeconds(30);

    // Another host that takes or frees the key between list and write costs a try.
    private const int MaximumTries = 10;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly LeaseAttributes _attributes = acquired.Attributes;
    private volatile Lease _current = acquired;
    private long? _corrected;

    /// <summary>The subnet, which never changes.</summary>
    public Subnet Subnet { get; } = acquired.Subnet;

    /// <summary>The lease as etcd had it last.</summary>
    public Lease Current => _current;

    /// <summary>How long it lives without renewal.</summary>
    public TimeSpan TimeToLive => registry.TimeToLive;

    /// <summary>Takes note of what a list or a watch shows under the subnet's key.</summary>
    /// <param name="seen">The lease there, or null for none.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="FatalException">Another host holds the subnet.</exception>
    /// <exception cref="EtcdException">etcd failed; ask again.</exception>
    public async Task ObserveAsync(Lease? seen, CancellationToken cancellation)
    {
        if (seen == _current)
            return;

        using Turn turn = await EnterAsync(cancellation);
        if (seen != _current)
            await SettleAsync(cancellation);
    }

    /// <summary>Gives it its full time again.</summary>
    /// <returns>Whether it was; if not, somebody wrote meanwhile, which is settled, and it is to be tried again.</returns>
    /// <exception cref="FatalException">Another host holds the subnet.</exception>
    /// <exception cref="EtcdException">etcd failed; try again.</exception>
    public async Task<bool> TryRenewAsync(CancellationToken cancellation)
    {
        using Turn turn = await EnterAsync(cancellation);
        if (await registry.TryRenewAsync(_current, OurAttributes(_current), cancellation) is { } renewed)
        {
            _current = renewed;
            return true;
        }

        await SettleAsync(cancellation);
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<Turn> EnterAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        return new Turn(_turn);
    }

    private async Task SettleAsync(CancellationToken cancellation)
    {
        for (int tries = 0; tries < MaximumTries; tries++)
        {
            LeaseList list = await registry.ListAsync(cancellation);
            if (list.Leases.FirstOrDefault(IsOthers) is { } taken)
            {
                throw new FatalException(
                    $"the subnet {Subnet} of this host ({_attributes.PublicIP}) is lost: {taken.Subnet} is leased to "
                    + $"{taken.Attributes.PublicIP} by now; start again to get another one");
            }

            if (list.Leases.FirstOrDefault(lease => lease.Subnet == Subnet) is { } found)
            {
                if (await TryCorrectAsync(found, cancellation) is not { } correct)
                    continue;

                _current = correct;
                return;
            }

            if (await TryPutBackAsync(list, cancellation) is { } own)
            {
                _current = own;
                logger.LeasePutBack(Subnet);
                return;
            }
        }

        throw new FatalException(
            $"the key of this host's subnet {Subnet} in etcd changed {MaximumTries} times while it was read; find out who writes it "
            + "and start again");
    }

    /// <summary>Puts the lease where there is none, or what nobody can read.</summary>
    /// <returns>The lease, or null when somebody wrote meanwhile.</returns>
    private Task<Lease?> TryPutBackAsync(LeaseList list, CancellationToken cancellation) =>
        list.Unreadable.TryGetValue(Subnet, out long written)
            ? registry.TryRenewAsync(_current with { ModRevision = written }, OurAttributes(_current), cancellation)
            : registry.TryCreateAsync(Subnet, OurAttributes(_current), cancellation);

    /// <summary>
    /// Writes this host's attributes again where others stand, such as those of long ago after a restore of etcd's data: peers go by
    /// them.
    /// </summary>
    /// <returns>The lease as it is now, or null when it was changed meanwhile.</returns>
    private async Task<Lease?> TryCorrectAsync(Lease found, CancellationToken cancellation)
    {
        LeaseAttributes ours = OurAttributes(found);
        if (found.Attributes == ours || (_corrected is { } last && time.GetElapsedTime(last) < CorrectionPause))
            return found;

        Lease? corrected = await registry.TryRenewAsync(found, ours, cancellation);
        if (corrected is not null)
        {
            _corrected = time.GetTimestamp();
            logger.LeaseCorrected(Subnet, found.Attributes.ToJson());
        }

        return corrected;
    }

    /// <summary>What this host says of itself, and what somebody else has added.</summary>
    private LeaseAttributes OurAttributes(Lease lease) => _attributes with { OtherFields = lease.Attributes.OtherFields };

    private bool IsOthers(Lease lease) => lease.Attributes.PublicIP != _attributes.PublicIP && lease.Subnet.Overlaps(Subnet);

    private readonly struct Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}

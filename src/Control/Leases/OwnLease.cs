using FastFlannel.Native;
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
    private volatile Lease _current = acquired;
    private LeaseAttributes _attributes = acquired.Attributes;
    private long _filled = time.GetTimestamp();
    private long? _corrected;

    /// <summary>The subnet, which never changes.</summary>
    public Subnet Subnet { get; } = acquired.Subnet;

    /// <summary>The lease as etcd had it last.</summary>
    public Lease Current => _current;

    /// <summary>How long it lives without renewal.</summary>
    public TimeSpan TimeToLive => registry.TimeToLive;

    /// <summary>How long it lives on without renewal, at least; less than nothing when it may have run out. Not of a reservation.</summary>
    public TimeSpan Left => TimeToLive - time.GetElapsedTime(Volatile.Read(ref _filled));

    /// <summary>The lease at this moment, for status and metrics.</summary>
    public LeaseStatus Status
    {
        get
        {
            Lease current = _current;
            TimeSpan left = Left;
            return new LeaseStatus(
                current.Subnet,
                current.Attributes.PublicIP,
                current.Attributes.PublicIPv6,
                current.IsReservation ? null : left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }

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
        return await TryRewriteAsync(cancellation);
    }

    /// <summary>Has it say another address of this host, and gives it its full time again.</summary>
    /// <param name="publicIP">Where peers send from now on.</param>
    /// <param name="publicIPv6">The same for IPv6; null for nowhere.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <inheritdoc cref="TryRenewAsync"/>
    public async Task<bool> TryMoveAsync(Ipv4Address publicIP, Ipv6Address? publicIPv6, CancellationToken cancellation)
    {
        using Turn turn = await EnterAsync(cancellation);
        _attributes = _attributes with { PublicIP = publicIP, PublicIPv6 = publicIPv6 };
        return _current.Attributes == OurAttributes(_current) || await TryRewriteAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<bool> TryRewriteAsync(CancellationToken cancellation)
    {
        if (await TryWriteAsync(_current, cancellation))
            return true;

        await SettleAsync(cancellation);
        return false;
    }

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
                    $"the subnet {Subnet} of this host ({_current.Attributes.PublicIP}) is lost: {taken.Subnet} is leased to "
                    + $"{taken.Attributes.PublicIP} by now; start again to get another one");
            }

            bool isSettled = list.Leases.FirstOrDefault(lease => lease.Subnet == Subnet) is { } found
                ? await TryFollowAsync(found, cancellation)
                : await TryPutBackAsync(list, cancellation);
            if (isSettled)
                return;
        }

        throw new FatalException(
            $"the key of this host's subnet {Subnet} in etcd changed {MaximumTries} times while it was read; find out who writes it "
            + "and start again");
    }

    /// <summary>
    /// Follows what stands under the key. Where it says something else of this host, such as that of long ago after a restore of
    /// etcd's data, it is written again: peers go by it.
    /// </summary>
    /// <returns>False when somebody wrote meanwhile.</returns>
    private async Task<bool> TryFollowAsync(Lease found, CancellationToken cancellation)
    {
        Lease before = _current;
        if (found.Attributes == OurAttributes(found) || (_corrected is { } last && time.GetElapsedTime(last) < CorrectionPause))
        {
            Follow(found, await WhenFilledAsync(found, cancellation));
        }
        else if (await TryWriteAsync(found, cancellation))
        {
            _corrected = time.GetTimestamp();
            logger.LeaseCorrected(Subnet, found.Attributes.ToJson());
        }
        else
        {
            return false;
        }

        TellWhetherReserved(before);
        return true;
    }

    /// <summary>Puts the lease where there is none, or what nobody can read.</summary>
    /// <returns>False when somebody wrote meanwhile.</returns>
    private async Task<bool> TryPutBackAsync(LeaseList list, CancellationToken cancellation)
    {
        long began = time.GetTimestamp();
        Lease? own = list.Unreadable.TryGetValue(Subnet, out long written)
            ? await registry.TryRenewAsync(_current with { ModRevision = written }, OurAttributes(_current), cancellation)
            : await registry.TryCreateAsync(Subnet, OurAttributes(_current), cancellation);
        if (own is null)
            return false;

        Follow(own, began);
        logger.LeasePutBack(Subnet);
        return true;
    }

    /// <summary>Writes this host's attributes over a lease that it holds, which then has its full time again.</summary>
    /// <returns>False when somebody wrote meanwhile.</returns>
    private async Task<bool> TryWriteAsync(Lease over, CancellationToken cancellation)
    {
        long began = time.GetTimestamp();
        if (await registry.TryRenewAsync(over, OurAttributes(over), cancellation) is not { } written)
            return false;

        Follow(written, began);
        return true;
    }

    /// <summary>When a lease had its full time last, by what etcd says is left of it: an operator or another release may have written it.</summary>
    private async Task<long> WhenFilledAsync(Lease lease, CancellationToken cancellation)
    {
        if (lease.IsReservation || lease.EtcdLeaseId == _current.EtcdLeaseId)
            return _filled;

        long asked = time.GetTimestamp();
        TimeSpan gone = TimeToLive - await registry.TimeLeftAsync(lease, cancellation);
        return gone > TimeSpan.Zero ? asked - (long)(gone.TotalSeconds * time.TimestampFrequency) : asked;
    }

    private void Follow(Lease lease, long filled)
    {
        _current = lease;
        Volatile.Write(ref _filled, filled);
    }

    /// <summary>What this host says of itself, and what somebody else has added.</summary>
    private LeaseAttributes OurAttributes(Lease lease) => _attributes with { OtherFields = lease.Attributes.OtherFields };

    private void TellWhetherReserved(Lease before)
    {
        if (_current.IsReservation && !before.IsReservation)
            logger.LeaseReserved(Subnet);
        else if (!_current.IsReservation && before.IsReservation)
            logger.ReservationReleased(Subnet);
    }

    /// <summary>While this host changes its address, the lease may say either: the answer to a write may have got lost.</summary>
    private bool IsOthers(Lease lease) =>
        lease.Subnet.Overlaps(Subnet)
        && lease.Attributes.PublicIP != _attributes.PublicIP
        && lease.Attributes.PublicIP != _current.Attributes.PublicIP;

    private readonly struct Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}

using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// This host's hold on its subnet. Whatever happens to the key in etcd, the answer is a fresh list: still ours, it is followed;
/// gone, it is put back while packets flow on; another host's, this host stops, since going on would break both.
/// </summary>
internal sealed class OwnLease(LeaseRegistry registry, Lease acquired, TimeProvider time, ILogger logger) : IDisposable
{
    // Another host that takes or frees the key between list and write costs a try.
    private const int MaximumTries = 10;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile Lease _current = acquired;
    private LeaseAttributes _attributes = acquired.Attributes;
    private long _filled = time.GetTimestamp();

    /// <summary>The subnet, which never changes.</summary>
    public Subnet Subnet { get; } = acquired.Subnet;

    /// <summary>The lease as etcd had it last.</summary>
    public Lease Current => _current;

    /// <summary>How long it lives without renewal.</summary>
    public TimeSpan TimeToLive => registry.TimeToLive;

    /// <summary>The lease at this moment, for status and metrics.</summary>
    public LeaseStatus Status
    {
        get
        {
            Lease current = _current;
            TimeSpan left = TimeToLive - time.GetElapsedTime(Volatile.Read(ref _filled));
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
        return await TryWriteAsync(cancellation);
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
        return _current.Attributes == OurAttributes(_current) || await TryWriteAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<bool> TryWriteAsync(CancellationToken cancellation)
    {
        long began = time.GetTimestamp();
        if (await registry.TryRenewAsync(_current, OurAttributes(_current), cancellation) is { } written)
        {
            Follow(written, began);
            return true;
        }

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

            if (list.Leases.FirstOrDefault(lease => lease.Subnet == Subnet) is { } found)
            {
                // What is left of another etcd lease is not known: the time of the last one is counted on.
                Follow(found, _filled);
                return;
            }

            long began = time.GetTimestamp();
            if (await registry.TryCreateAsync(Subnet, OurAttributes(_current), cancellation) is { } created)
            {
                Follow(created, began);
                logger.LeasePutBack(Subnet);
                return;
            }
        }

        throw new FatalException(
            $"the key of this host's subnet {Subnet} in etcd holds what cannot be read as a lease; delete the key and start again");
    }

    private void Follow(Lease lease, long filled)
    {
        _current = lease;
        Volatile.Write(ref _filled, filled);
    }

    /// <summary>What this host says of itself, and what somebody else has added.</summary>
    private LeaseAttributes OurAttributes(Lease lease) => _attributes with { OtherFields = lease.Attributes.OtherFields };

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

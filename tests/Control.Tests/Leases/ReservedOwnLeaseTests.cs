using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>A daemon whose lease an operator reserves and releases while it runs, in a real etcd.</summary>
public sealed class ReservedOwnLeaseTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>, IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan RenewMargin = TimeSpan.FromSeconds(5);
    private static readonly Ipv4Address PublicIP = Ipv4Address.Parse("192.168.77.1");
    private static readonly Subnet Subnet = new(Ipv4Prefix.Parse("10.5.1.0/24"));

    private readonly EtcdStore _store = etcd.NewStore();
    private readonly RecordingLogger _logger = new();
    private readonly NodeStatus _status = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private OwnerMark? _mark;
    private OwnLease? _own;
    private Task[] _parts = [];

    public async ValueTask InitializeAsync()
    {
        _ = await etcd.CtlAsync("put", EtcdKeys.Config(_store.Settings.Prefix), """{"Network":"10.5.0.0/16"}""");
        var registry = new LeaseRegistry(_store) { TimeToLive = TimeToLive };
        _mark = new OwnerMark(_store, PublicIP, HostProcess.Current, TimeProvider.System, _logger);
        await _mark.ClaimAsync(_stop.Token);
        Lease lease = (await registry.TryCreateAsync(Subnet, new LeaseAttributes { PublicIP = PublicIP }, _stop.Token))!;
        _own = new OwnLease(registry, lease, TimeProvider.System, _logger);
        var watcher = new PeerWatcher(registry, new Patience(TimeProvider.System, _logger), _status, TimeProvider.System, _logger);
        _parts =
        [
            watcher.RunAsync(_own, static _ => { }, _stop.Token),
            new LeaseRenewer(_status, TimeProvider.System, _logger).RunAsync(_own, RenewMargin, _stop.Token),
            _mark.KeepAsync(_stop.Token),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_parts).ContinueWith(static _ => { }, TaskScheduler.Default);
        _own?.Dispose();
        if (_mark is not null)
            await _mark.DisposeAsync();

        _store.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Reserved_it_is_left_as_it_is_and_released_it_is_renewed_again()
    {
        await UntilRenewedAsync();
        ReservationOutcome reserved = await new Reservations(_store).ReserveAsync(Subnet, null, _stop.Token);
        Assert.Equal(ReservationChange.LeaseReserved, reserved.Change);
        await UntilAsync(() => _own!.Current.IsReservation);
        Lease reservation = _own!.Current;

        // Longer than a lease lives, and several renewals long.
        await UntilAnotherLeaseHasExpiredAsync();
        Assert.Equal(reservation, await StoredAsync());
        Assert.Equal(reservation, _own.Current);

        ReservationOutcome released = await new Reservations(_store).ReleaseAsync(Subnet, force: false, _stop.Token);
        Assert.Equal(ReservationChange.LeaseReleased, released.Change);
        await UntilAsync(() => !_own.Current.IsReservation);
        await UntilRenewedAsync();
        await UntilRenewedAsync();
        Assert.Equal(Subnet, (await StoredAsync()).Subnet);
        Assert.Single(_logger.Lines, line => line.Contains("is a reservation by now", StringComparison.Ordinal));
        Assert.Single(_logger.Lines, line => line.Contains("was released", StringComparison.Ordinal));
        Assert.DoesNotContain(_logger.Lines, line => line.Contains("put back", StringComparison.Ordinal));
        Assert.All(_parts, part => Assert.False(part.IsCompleted));
    }

    private async Task<Lease> StoredAsync() => Assert.Single((await new LeaseRegistry(_store).ListAsync(_stop.Token)).Leases);

    private Task UntilRenewedAsync()
    {
        long before = _own!.Current.EtcdLeaseId;
        return UntilAsync(() => !_own.Current.IsReservation && _own.Current.EtcdLeaseId != before);
    }

    private async Task UntilAnotherLeaseHasExpiredAsync()
    {
        long other = await _store.GrantAsync(TimeToLive, _stop.Token);
        await UntilAsync(async () => await _store.TimeToLiveAsync(other, _stop.Token) < TimeSpan.Zero);
    }

    private Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        timeout.CancelAfter(Limit);
        while (!await condition())
            await Task.Delay(20, timeout.Token);
    }
}

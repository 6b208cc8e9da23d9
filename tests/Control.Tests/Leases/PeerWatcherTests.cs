using System.Collections.Concurrent;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>A host that follows its peers in a real etcd.</summary>
public sealed class PeerWatcherTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>, IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    private readonly EtcdStore _store = etcd.NewStore();
    private readonly RecordingLogger _logger = new();
    private readonly ConcurrentQueue<string[]> _applied = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private Task _watching = Task.CompletedTask;
    private OwnLease? _own;

    public async ValueTask InitializeAsync()
    {
        var registry = new LeaseRegistry(_store);
        Lease own = (await registry.TryCreateAsync(
            new Subnet(Ipv4Prefix.Parse("10.5.1.0/24")), new LeaseAttributes { PublicIP = Ipv4Address.Parse("192.168.77.1") }, _stop.Token))!;
        await PutAsync("10.5.2.0-24", "192.168.77.2");
        var watcher = new PeerWatcher(
            registry, new Patience(TimeProvider.System, _logger), new NodeStatus(), TimeProvider.System, _logger);
        _watching = watcher.RunAsync(_own = new OwnLease(registry, own, TimeProvider.System, _logger), peers => _applied.Enqueue([.. peers.Select(Describe).Order()]), _stop.Token);
        await UntilAppliedAsync("10.5.2.0/24@192.168.77.2");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching.ContinueWith(static _ => { }, TaskScheduler.Default);
        _own?.Dispose();
        _store.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Peers_that_come_change_and_go_are_followed()
    {
        await PutAsync("10.5.3.0-24", "192.168.77.3");
        await UntilAppliedAsync("10.5.2.0/24@192.168.77.2", "10.5.3.0/24@192.168.77.3");
        await PutAsync("10.5.3.0-24", "192.168.77.33");
        await UntilAppliedAsync("10.5.2.0/24@192.168.77.2", "10.5.3.0/24@192.168.77.33");
        _ = await etcd.CtlAsync("del", Key("10.5.2.0-24"));
        await UntilAppliedAsync("10.5.3.0/24@192.168.77.33");
    }

    [Fact]
    public async Task A_renewal_of_a_peer_changes_nothing()
    {
        int before = _applied.Count;
        await PutAsync("10.5.2.0-24", "192.168.77.2");
        await PutAsync("10.5.4.0-24", "192.168.77.4");
        await UntilAppliedAsync("10.5.2.0/24@192.168.77.2", "10.5.4.0/24@192.168.77.4");
        Assert.Equal(before + 1, _applied.Count);
    }

    [Fact]
    public async Task A_broken_lease_is_warned_of_once_and_disturbs_no_other()
    {
        for (int i = 0; i < 3; i++)
            _ = await etcd.CtlAsync("put", Key("10.5.9.0-24"), "rubbish");

        await PutAsync("10.5.5.0-24", "192.168.77.5");
        await UntilAppliedAsync("10.5.2.0/24@192.168.77.2", "10.5.5.0/24@192.168.77.5");
        Assert.Single(_logger.Lines, line => line.Contains("10.5.9.0-24", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_own_lease_that_is_deleted_is_put_back_and_peers_notice_nothing()
    {
        int before = _applied.Count;
        _ = await etcd.CtlAsync("del", Key("10.5.1.0-24"));
        await UntilAsync(async () => (await etcd.CtlAsync("get", Key("10.5.1.0-24"))).Contains("192.168.77.1", StringComparison.Ordinal));
        await PutAsync("10.5.7.0-24", "192.168.77.7");
        await UntilAppliedAsync("10.5.2.0/24@192.168.77.2", "10.5.7.0/24@192.168.77.7");
        Assert.Equal(before + 1, _applied.Count);
        Assert.Single(_logger.Lines, line => line.Contains("put back", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_revoked_own_lease_is_put_back_on_a_new_etcd_lease()
    {
        long revoked = _own!.Current.EtcdLeaseId;
        _ = await etcd.CtlAsync("lease", "revoke", revoked.ToString("x", System.Globalization.CultureInfo.InvariantCulture));
        await UntilAsync(() => Task.FromResult(_own.Current.EtcdLeaseId != revoked));
        Assert.False(_own.Current.IsReservation);
    }

    [Fact]
    public async Task An_own_lease_that_an_operator_makes_a_reservation_stays_one_when_renewed()
    {
        await PutAsync("10.5.1.0-24", "192.168.77.1");
        await UntilAsync(() => Task.FromResult(_own!.Current.IsReservation));
        Assert.True(await _own!.TryRenewAsync(_stop.Token));
        Assert.True(_own.Current.IsReservation);
    }

    [Fact]
    public async Task A_second_key_that_reads_as_the_same_subnet_is_skipped()
    {
        await PutAsync("10.5.2.9-24", "192.168.77.66");
        await PutAsync("10.5.8.0-24", "192.168.77.8");
        await UntilAppliedAsync("10.5.2.0/24@192.168.77.2", "10.5.8.0/24@192.168.77.8");
        Assert.Single(_logger.Lines, line => line.Contains("10.5.2.9-24", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_owner_of_the_own_subnet_is_named()
    {
        await PutAsync("10.5.1.0-24", "192.168.77.99");
        var e = await Assert.ThrowsAsync<FatalException>(() => _watching.WaitAsync(Limit, _stop.Token));
        Assert.Contains("192.168.77.99", e.Message, StringComparison.Ordinal);
    }

    private static string Describe(Lease lease) => $"{lease.Subnet}@{lease.Attributes.PublicIP}";

    private string Key(string subnet) => $"{_store.Settings.Prefix}/subnets/{subnet}";

    private Task PutAsync(string subnet, string publicIP) => etcd.CtlAsync("put", Key(subnet), $$"""{"PublicIP":"{{publicIP}}","PublicIPv6":null}""");

    private async Task UntilAppliedAsync(params string[] expected)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        timeout.CancelAfter(Limit);
        while (_applied.LastOrDefault() is not { } latest || !latest.SequenceEqual(expected))
        {
            if (_watching.IsFaulted)
                await _watching;

            await Task.Delay(5, timeout.Token);
        }
    }

    private async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        timeout.CancelAfter(Limit);
        while (!await condition())
            await Task.Delay(5, timeout.Token);
    }
}

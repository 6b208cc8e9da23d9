using System.Collections.Concurrent;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>A host that follows its peers in a real etcd.</summary>
public sealed class PeerWatcherTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>, IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

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
    public async Task Rubbish_on_the_own_key_is_replaced_by_the_lease()
    {
        _ = await etcd.CtlAsync("put", Key("10.5.1.0-24"), "rubbish");
        await UntilAsync(async () => (await etcd.CtlAsync("get", Key("10.5.1.0-24"))).Contains("192.168.77.1", StringComparison.Ordinal));
        await UntilAsync(() => Task.FromResult(_logger.Has("put back")));
        Assert.False(_own!.Current.IsReservation);
        Assert.True(await _own.TryRenewAsync(_stop.Token));
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
    public async Task What_others_write_about_this_host_is_corrected_once_and_then_by_the_next_renewal()
    {
        string key = Key("10.5.1.0-24");
        const string Theirs = """{"PublicIP":"192.168.77.1","PublicIPv6":"fd00::9","Zone":"a"}""";
        const string Ours = """{"PublicIP":"192.168.77.1","PublicIPv6":null,"Zone":"a"}""";
        _ = await etcd.CtlAsync("put", "--ignore-lease", key, Theirs);
        await UntilAsync(async () => (await etcd.CtlAsync("get", key)).Contains(Ours, StringComparison.Ordinal));

        // Two hosts with one public IP, each of which answers the other at once, would write for ever.
        _ = await etcd.CtlAsync("put", "--ignore-lease", key, Theirs);
        await UntilAsync(() => Task.FromResult(_own!.Current.Attributes.ToJson() == Theirs));
        Assert.Contains(Theirs, await etcd.CtlAsync("get", key), StringComparison.Ordinal);
        Assert.True(await _own!.TryRenewAsync(_stop.Token));
        Assert.Contains(Ours, await etcd.CtlAsync("get", key), StringComparison.Ordinal);
        Assert.Single(_logger.Lines, line => line.Contains("is written again", StringComparison.Ordinal));
        Assert.False(_own.Current.IsReservation);
    }

    [Fact]
    public async Task A_peer_whose_lease_expires_is_gone_and_an_own_one_that_does_is_put_back()
    {
        var shortLived = new LeaseRegistry(_store) { TimeToLive = TimeSpan.FromSeconds(2) };
        var peer = new Subnet(Ipv4Prefix.Parse("10.5.3.0/24"));
        _ = await shortLived.TryCreateAsync(peer, new LeaseAttributes { PublicIP = Ipv4Address.Parse("192.168.77.3") }, _stop.Token);
        await UntilAppliedAsync("10.5.2.0/24@192.168.77.2", "10.5.3.0/24@192.168.77.3");
        Lease own = _own!.Current;
        Lease expiring = (await shortLived.TryRenewAsync(own, own.Attributes, _stop.Token))!;
        await UntilAppliedAsync("10.5.2.0/24@192.168.77.2");
        await UntilAsync(() => Task.FromResult(_logger.Has("put back")));
        await UntilAsync(() => Task.FromResult(_own.Current.EtcdLeaseId != expiring.EtcdLeaseId));
        Assert.Contains("192.168.77.1", await etcd.CtlAsync("get", Key("10.5.1.0-24")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Foreign_keys_and_broken_values_get_one_warning_each_whether_seen_once_or_often()
    {
        (string Key, string Value)[] foreign =
        [
            ("nonsense", "{}"), ("10.5.9.0-33", Good(9)), ("10.5.9.0-24/more", Good(9)), ("10.5.9.7-24", Good(9)),
            ("10.5.11.0-24", ""), ("10.5.12.0-24", "[]"), ("10.5.13.0-24", "{}"), ("10.5.14.0-24", """{"PublicIP":14}"""),
            ("10.5.15.0-24", """{"PublicIP":"192.168.77.15","BackendType":7}"""),
        ];
        for (int round = 0; round < 2; round++)
        {
            foreach ((string key, string value) in foreign)
                _ = await etcd.CtlAsync("put", Key(key), value);

            // Also what has no slash behind "subnets" is listed.
            _ = await etcd.CtlAsync("put", $"{_store.Settings.Prefix}/subnets-of-others/x", "1");
        }

        await PutAsync("10.5.5.0-24", "192.168.77.5");
        await UntilAppliedAsync("10.5.2.0/24@192.168.77.2", "10.5.5.0/24@192.168.77.5");
        foreach ((string key, _) in foreign)
            Assert.Single(_logger.Lines, line => line.Contains($"/{key} ", StringComparison.Ordinal) || line.Contains($"/{key}:", StringComparison.Ordinal));

        Assert.Single(_logger.Lines, line => line.Contains("subnets-of-others", StringComparison.Ordinal));

        static string Good(int host) => $$"""{"PublicIP":"192.168.77.{{host}}"}""";
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

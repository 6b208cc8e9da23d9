using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>Two hosts whose etcd, each test's own, fails in one way or another: the end state of both, and their log.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly EtcdProcess _etcd = new();
    private readonly RecordingLogger _logger = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private EtcdStore _store = null!;
    private Host[] _hosts = [];

    public async ValueTask InitializeAsync()
    {
        await _etcd.InitializeAsync();
        _store = _etcd.NewStore();
        _hosts = [await StartAsync(1), await StartAsync(2)];
        await UntilTheySeeAsync([1, 2]);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (Host host in _hosts)
        {
            await host.Watching.ContinueWith(static _ => { }, TaskScheduler.Default);
            host.Own.Dispose();
        }

        _store.Dispose();
        _stop.Dispose();
        await _etcd.DisposeAsync();
    }

    [Fact]
    public async Task Killed_and_restarted_it_is_followed_again()
    {
        _etcd.Kill();
        await UntilAsync(() => Logged("Lost sight"));
        Assert.All(_hosts, host => Assert.Single(host.Peers));
        await _etcd.StartAgainAsync(empty: false);
        await PutAsync(3);
        await UntilTheySeeAsync([1, 2, 3]);
        AssertBounded();
    }

    [Fact]
    public async Task Restarted_with_nothing_it_gets_every_lease_back_and_no_peer_is_lost_meanwhile()
    {
        // So that the new history begins below the old one's revision.
        for (int i = 0; i < 20; i++)
            await PutAsync(3);

        await _etcd.CtlAsync("del", Key(3));
        await UntilTheySeeAsync([1, 2]);
        _etcd.Kill();
        await _etcd.StartAgainAsync(empty: true);
        await UntilAsync(async () => (await _etcd.CtlAsync("get", "--prefix", _store.Settings.Prefix, "--keys-only"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == 2);
        await PutAsync(3);
        await UntilTheySeeAsync([1, 2, 3]);
        Assert.DoesNotContain(_logger.Lines, line => line.Contains("Peer removed: 10.5.1", StringComparison.Ordinal));
        Assert.DoesNotContain(_logger.Lines, line => line.Contains("Peer removed: 10.5.2", StringComparison.Ordinal));
        AssertBounded();
    }

    [Fact]
    public async Task Stopped_it_is_noticed_and_followed_again_when_it_goes_on()
    {
        await _etcd.SignalAsync("STOP");
        try
        {
            await UntilAsync(() => Logged("Lost sight"));
            Assert.All(_hosts, host => Assert.Single(host.Peers));
        }
        finally
        {
            await _etcd.SignalAsync("CONT");
        }

        await PutAsync(3);
        await UntilTheySeeAsync([1, 2, 3]);
        AssertBounded();
    }

    [Fact]
    public async Task What_was_compacted_while_it_was_away_is_known_afterwards()
    {
        await PutAsync(3);
        await UntilTheySeeAsync([1, 2, 3]);
        _etcd.Kill();
        await UntilAsync(() => Logged("Lost sight"));
        await _etcd.StartAgainAsync(empty: false);
        _ = await _etcd.CtlAsync("del", Key(3));
        await PutAsync(4);
        long now = (await new LeaseRegistry(_store).ListAsync(_stop.Token)).Revision;
        _ = await _etcd.CtlAsync("compact", $"{now}");
        await UntilTheySeeAsync([1, 2, 4]);
        AssertBounded();
    }

    [Fact]
    public async Task A_subnet_that_another_host_got_meanwhile_stops_the_first_which_names_it()
    {
        _etcd.Kill();
        await UntilAsync(() => Logged("Lost sight"));
        await _etcd.StartAgainAsync(empty: false);
        _ = await _etcd.CtlAsync("put", Key(1), """{"PublicIP":"192.168.77.99"}""");
        var e = await Assert.ThrowsAsync<FatalException>(() => _hosts[0].Watching.WaitAsync(Limit, _stop.Token));
        Assert.Contains("192.168.77.99", e.Message, StringComparison.Ordinal);
        Assert.False(_hosts[1].Watching.IsCompleted);
    }

    [Fact]
    public async Task A_lease_that_expires_is_put_back_and_the_peer_that_let_its_own_expire_is_gone()
    {
        var shortLived = new LeaseRegistry(_store) { TimeToLive = TimeSpan.FromSeconds(2) };
        Lease expiring = (await shortLived.TryCreateAsync(SubnetOf(3), AttributesOf(3), _stop.Token))!;
        await UntilTheySeeAsync([1, 2, 3]);
        Lease own = _hosts[0].Own.Current;
        Assert.NotNull(await shortLived.TryRenewAsync(own, own.Attributes, _stop.Token));
        await UntilTheySeeAsync([1, 2]);
        await UntilAsync(() => Logged("put back"));
        await UntilAsync(async () => (await new LeaseRegistry(_store).ListAsync(_stop.Token)).Leases.Count == 2);
        Assert.DoesNotContain(
            (await shortLived.ListAsync(_stop.Token)).Leases, lease => lease.EtcdLeaseId == expiring.EtcdLeaseId);
    }

    [Fact]
    public async Task Fifty_hosts_that_start_at_once_get_distinct_subnets_and_leak_no_etcd_lease()
    {
        var store = _etcd.NewStore();
        NetworkConfig config = NetworkConfigReader.Read("""{"Network":"10.6.0.0/20","SubnetLen":26}""").Value!;
        var registry = new LeaseRegistry(store);
        Lease[] leases = await Task.WhenAll(Enumerable.Range(1, 50).Select(host => new LeaseAcquirer(registry, new Random(host), _logger)
            .AcquireAsync(config, AttributesOf(host), null, _stop.Token)));
        store.Dispose();
        Assert.Equal(50, leases.Select(lease => lease.Subnet).Distinct().Count());
        string[] etcdLeases = (await _etcd.CtlAsync("lease", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1 + 50 + _hosts.Length, etcdLeases.Length);
    }

    private static Subnet SubnetOf(int host) => new(Ipv4Prefix.Parse($"10.5.{host}.0/24"));

    private static LeaseAttributes AttributesOf(int host) => new() { PublicIP = Ipv4Address.Parse($"192.168.77.{host}") };

    private async Task<Host> StartAsync(int number)
    {
        var registry = new LeaseRegistry(_store);
        Lease lease = (await registry.TryCreateAsync(SubnetOf(number), AttributesOf(number), _stop.Token))!;
        var host = new Host(number, new OwnLease(registry, lease, TimeProvider.System, _logger));
        var patience = new Patience(TimeProvider.System, _logger);
        var watcher = new PeerWatcher(registry, patience, new NodeStatus(), TimeProvider.System, _logger);
        host.Watching = watcher.RunAsync(host.Own, peers => host.Peers = [.. peers.Select(peer => peer.Subnet)], _stop.Token);
        return host;
    }

    private string Key(int host) => LeaseKey.Format(_store.Settings.Prefix, SubnetOf(host));

    private Task PutAsync(int host) => _etcd.CtlAsync("put", Key(host), AttributesOf(host).ToJson());

    private Task UntilTheySeeAsync(int[] hosts) => UntilAsync(() => Task.FromResult(_hosts.All(host =>
        hosts.Where(other => other != host.Number).Select(SubnetOf).ToHashSet().SetEquals(host.Peers))));

    private Task<bool> Logged(string text) =>
        Task.FromResult(_logger.Lines.Any(line => line.Contains(text, StringComparison.Ordinal)));

    /// <summary>A hot loop of lists would write lines all the time.</summary>
    private void AssertBounded()
    {
        Assert.InRange(_logger.Lines.Count, 1, 40);
        Assert.InRange(_logger.Lines.Count(line => line.Contains("Lost sight", StringComparison.Ordinal)), 1, 6);
    }

    private async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        timeout.CancelAfter(Limit);
        while (!await condition())
            await Task.Delay(20, timeout.Token);
    }

    private sealed class Host(int number, OwnLease own)
    {
        public int Number { get; } = number;

        public OwnLease Own { get; } = own;

        public volatile IReadOnlyCollection<Subnet> Peers = [];

        public Task Watching { get; set; } = Task.CompletedTask;
    }
}

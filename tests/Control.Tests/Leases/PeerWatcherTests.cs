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

    public async ValueTask InitializeAsync()
    {
        var registry = new LeaseRegistry(_store);
        Lease own = (await registry.TryCreateAsync(
            new Subnet(Ipv4Prefix.Parse("10.5.1.0/24")), new LeaseAttributes { PublicIP = Ipv4Address.Parse("192.168.77.1") }, _stop.Token))!;
        await PutAsync("10.5.2.0-24", "192.168.77.2");
        var watcher = new PeerWatcher(registry, new Patience(TimeProvider.System, _logger), TimeProvider.System, _logger);
        _watching = watcher.RunAsync(own, peers => _applied.Enqueue([.. peers.Select(Describe).Order()]), _stop.Token);
        await UntilAppliedAsync("10.5.2.0/24@192.168.77.2");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching.ContinueWith(static _ => { }, TaskScheduler.Default);
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
    public async Task The_loss_of_the_own_lease_ends_it()
    {
        _ = await etcd.CtlAsync("del", Key("10.5.1.0-24"));
        var e = await Assert.ThrowsAsync<FatalException>(() => _watching.WaitAsync(Limit, _stop.Token));
        Assert.Contains("10.5.1.0/24", e.Message, StringComparison.Ordinal);
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
}

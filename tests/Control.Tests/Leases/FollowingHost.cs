using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>What a daemon does at etcd, and no packets: it holds a lease, renews it and follows its peers, over a connection of its own.</summary>
internal sealed class FollowingHost : IAsyncDisposable
{
    private readonly EtcdStore _store;
    private readonly CancellationTokenSource _stop = new();
    private volatile IReadOnlyCollection<Subnet> _peers = [];

    private FollowingHost(int number, EtcdStore store, LeaseRegistry registry, Lease lease, RecordingLogger logger, TimeSpan margin)
    {
        (Number, _store, Logger) = (number, store, logger);
        Own = new OwnLease(registry, lease, TimeProvider.System, logger);
        var status = new NodeStatus();
        var patience = new Patience(TimeProvider.System, logger);
        Watching = new PeerWatcher(registry, patience, status, TimeProvider.System, logger).RunAsync(Own, Apply, _stop.Token);
        Renewing = new LeaseRenewer(status, TimeProvider.System, logger).RunAsync(Own, margin, _stop.Token);
    }

    /// <summary>1 for the first.</summary>
    public int Number { get; }

    public OwnLease Own { get; }

    public RecordingLogger Logger { get; }

    public Task Watching { get; }

    public Task Renewing { get; }

    /// <summary>What is in force.</summary>
    public IReadOnlyCollection<Subnet> Peers => _peers;

    /// <summary>Which member it uses.</summary>
    public string? Endpoint => _store.Endpoint is { } uri ? EtcdException.Name(uri) : null;

    public static Subnet SubnetOf(int number) => new(Ipv4Prefix.Parse($"10.5.{number}.0/24"));

    public static LeaseAttributes AttributesOf(int number) => new() { PublicIP = Ipv4Address.Parse($"192.168.77.{number}") };

    /// <summary>Starts one.</summary>
    /// <param name="settings">Where etcd is.</param>
    /// <param name="number">Which.</param>
    /// <param name="timeToLive">Of its lease.</param>
    /// <param name="margin">How long before its end it is renewed.</param>
    public static async Task<FollowingHost> StartAsync(EtcdSettings settings, int number, TimeSpan timeToLive, TimeSpan margin)
    {
        var logger = new RecordingLogger();
        var store = new EtcdStore(settings, TimeProvider.System, logger);
        var registry = new LeaseRegistry(store) { TimeToLive = timeToLive };
        Lease? lease = await registry.TryCreateAsync(SubnetOf(number), AttributesOf(number), TestContext.Current.CancellationToken);
        Assert.NotNull(lease);
        return new FollowingHost(number, store, registry, lease, logger, margin);
    }

    /// <summary>Stops it as an order to stop does; it leaves its lease.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(Watching, Renewing).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Own.Dispose();
        _store.Dispose();
        _stop.Dispose();
    }

    private void Apply(IReadOnlyCollection<Lease> peers) => _peers = [.. peers.Select(peer => peer.Subnet)];
}

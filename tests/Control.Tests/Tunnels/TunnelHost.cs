using FastFlannel.Native;
using FastFlannel.Router;

namespace FastFlannel.Control.Tests;

/// <summary>
/// A host with a way through the kernel: real programs on two devices that nobody sends to, and a directory that it follows.
/// </summary>
internal sealed class TunnelHost : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TunQueue _device = TunQueue.Create("fftd%d");
    private readonly TunQueue _external = TunQueue.Create("ffte%d");
    private readonly CancellationTokenSource _stop = new();
    private readonly EtcdStore _store;
    private Task _following = Task.CompletedTask;

    public TunnelHost(EtcdSettings settings, string address)
    {
        _store = new EtcdStore(settings, TimeProvider.System);
        Path = new KernelPath(Logger);
        Start(address);
    }

    public RecordingLogger Logger { get; } = new();

    public KernelPath Path { get; }

    /// <summary>Starts at an address, or moves there.</summary>
    public void Start(string address)
    {
        using var netlink = RouteNetlink.Open();
        Path.Start(
            new KernelTunnelSettings(
                netlink.FindLink(_device.Name)!.Index,
                netlink.FindLink(_external.Name)!.Index,
                Ipv4Address.Parse(address),
                8285,
                Ipv4Address.Parse("10.7.0.0"),
                1472),
            null);
    }

    /// <summary>Has peers' leases say where their subnets are.</summary>
    public void SetPeers(params (string Subnet, string Address)[] peers) => Path.SetLeases(
        [.. peers.Select(peer => new Route(Ipv4Prefix.Parse(peer.Subnet), new Ipv4Endpoint(Ipv4Address.Parse(peer.Address), 8285)))]);

    /// <summary>Announces the host and follows the others.</summary>
    public void Follow() =>
        _following = new TunnelDirectory(_store, Path, TimeProvider.System) { TimeToLive = TimeSpan.FromSeconds(3) }.RunAsync(_stop.Token);

    /// <summary>Waits until so many peers' subnets are reached through the kernel.</summary>
    public Task UntilRoutesAsync(int count) => UntilAsync(() => Task.FromResult(Path.RouteCount == count));

    /// <summary>Waits for something that will be so while the host follows the directory.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Limit);
        while (!await condition())
        {
            if (_following.IsFaulted)
                await _following;

            await Task.Delay(20, timeout.Token);
        }
    }

    /// <summary>Ends it as SIGTERM does.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _following.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        Path.Dispose();
        _store.Dispose();
        _device.Dispose();
        _external.Dispose();
    }
}

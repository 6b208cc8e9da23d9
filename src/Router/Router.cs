using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>Why a router no longer carries packets.</summary>
public enum RouterEnd
{
    /// <summary>It was told to stop.</summary>
    Stopped,

    /// <summary>The TUN device was deleted.</summary>
    DeviceGone,
}

/// <summary>
/// Carries packets between a TUN device and the peers: each inner IP packet is the payload of one UDP datagram, nothing else
/// (flannel's udp backend). Knows neither etcd nor configuration; routes are handed to it.
/// </summary>
public sealed class Router : IDisposable
{
    private readonly WakeEvent _wake = WakeEvent.Create();
    private readonly CurrentRoutes _routes;
    private readonly Worker _worker;
    private readonly TaskCompletionSource<RouterEnd> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes a router that is not running yet.</summary>
    /// <param name="tun">The device's queue; stays the caller's, who disposes it after the router.</param>
    /// <param name="socket">The socket on the external address; stays the caller's, who disposes it after the router.</param>
    /// <param name="settings">What does not change.</param>
    /// <param name="routes">Where packets go; the caller swaps the table at will.</param>
    public Router(TunQueue tun, UdpSocket socket, RouterSettings settings, CurrentRoutes routes)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(routes);
        _routes = routes;
        _worker = new Worker(tun, socket, _wake, settings, routes, OnThreadEnded);
    }

    /// <summary>Ends when the router carries packets no more.</summary>
    public Task<RouterEnd> Completion => _completion.Task;

    /// <summary>How many routes are in force.</summary>
    public int RouteCount => _routes.Table.Count;

    /// <summary>What went from containers to peers.</summary>
    public CounterSnapshot Outbound => _worker.OutboundCounters.Snapshot();

    /// <summary>What came from peers to containers.</summary>
    public CounterSnapshot Inbound => _worker.InboundCounters.Snapshot();

    /// <summary>Starts to carry packets.</summary>
    public void Start() => _worker.Start();

    /// <summary>Stops and waits until no thread uses the queue or the socket any more.</summary>
    public void Dispose()
    {
        _wake.Set();
        _worker.Join();
        _worker.Dispose();
        _wake.Dispose();
        _ = _completion.TrySetResult(RouterEnd.Stopped);
    }

    private void OnThreadEnded(LoopResult result)
    {
        // One direction is of no use without the other.
        _wake.Set();
        _ = _completion.TrySetResult(result == LoopResult.DeviceGone ? RouterEnd.DeviceGone : RouterEnd.Stopped);
    }
}

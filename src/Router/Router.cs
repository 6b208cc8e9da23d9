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
    private readonly Worker[] _workers;
    private readonly TaskCompletionSource<RouterEnd> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes a router that is not running yet.</summary>
    /// <param name="queues">The device's queues; stay the caller's, who disposes them after the router.</param>
    /// <param name="sockets">
    /// As many sockets on the external address, set up by <see cref="OffloadProbe"/>; stay the caller's as well.
    /// </param>
    /// <param name="settings">What does not change.</param>
    /// <param name="routes">Where packets go; the caller swaps the table at will.</param>
    public Router(
        IReadOnlyList<TunQueue> queues, IReadOnlyList<UdpSocket> sockets, RouterSettings settings, CurrentRoutes routes)
    {
        ArgumentNullException.ThrowIfNull(queues);
        ArgumentNullException.ThrowIfNull(sockets);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(routes);
        _routes = routes;
        _workers = [.. queues.Zip(sockets, (tun, socket) => new Worker(tun, socket, _wake, settings, routes, OnThreadEnded))];
    }

    /// <summary>Ends when the router carries packets no more.</summary>
    public Task<RouterEnd> Completion => _completion.Task;

    /// <summary>How many IPv4 routes are in force.</summary>
    public int RouteCount => _routes.Table.Count;

    /// <summary>How many IPv6 routes are in force.</summary>
    public int Ipv6RouteCount => _routes.Table.Ipv6Count;

    /// <summary>How many queues there are.</summary>
    public int QueueCount => _workers.Length;

    /// <summary>Bytes that the packet loops have allocated on the GC heap since they began: none for a packet.</summary>
    public long AllocatedBytes => _workers.Sum(worker => worker.AllocatedBytes);

    /// <summary>What went from containers to peers.</summary>
    public CounterSnapshot Outbound => CounterSnapshot.Sum(_workers.Select(worker => worker.OutboundCounters.Snapshot()));

    /// <summary>What came from peers to containers.</summary>
    public CounterSnapshot Inbound => CounterSnapshot.Sum(_workers.Select(worker => worker.InboundCounters.Snapshot()));

    /// <summary>Who sent what was dropped on the way in, the heaviest sources first.</summary>
    public IReadOnlyList<DropSource> DropSources =>
    [
        .. _workers
            .SelectMany(worker => worker.DropSources.Snapshot())
            .GroupBy(source => (source.Address, source.Reason))
            .Select(group => new DropSource(group.Key.Address, group.Key.Reason, group.Sum(source => source.Packets)))
            .OrderByDescending(source => source.Packets)
            .ThenBy(source => source.Address.Value),
    ];

    /// <summary>Starts to carry packets.</summary>
    public void Start()
    {
        foreach (Worker worker in _workers)
            worker.Start();
    }

    /// <summary>
    /// Carries packets over the sockets that have taken the place of those it was made with (<see cref="UdpSocket.Replace"/>); none is
    /// lost on the way out. Not after the end.
    /// </summary>
    public void NoticeSockets()
    {
        foreach (Worker worker in _workers)
            worker.Nudge();
    }

    /// <summary>Asks every thread for a turn, be there packets or not. Not after the end.</summary>
    /// <returns>Tells whether all have made one since, or the router has ended and none is due.</returns>
    public Func<bool> AskForTurns()
    {
        WorkerTurns[] before = [.. _workers.Select(worker => worker.Turns)];
        foreach (Worker worker in _workers)
            worker.Nudge();

        return () => Completion.IsCompleted
            || before.Zip(_workers).All(pair => WorkerTurns.Differ(pair.First, pair.Second.Turns));
    }

    /// <summary>Stops and waits until no thread uses the queue or the socket any more. May be called again.</summary>
    public void Dispose()
    {
        if (_wake.IsClosed)
            return;

        _wake.Set();
        foreach (Worker worker in _workers)
        {
            worker.Join();
            worker.Dispose();
        }

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

using System.Net.Sockets;
using FastFlannel.Native;
using FastFlannel.Router;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// The udp backend: a TUN device that the network is routed to, a UDP socket, and the router between them (flannel,
/// pkg/backend/udp). The device vanishes with the daemon.
/// </summary>
internal sealed class UdpBackend : IBackend
{
    private const string Type = "udp";
    private const string DevicePattern = "flannel%d";
    private const int WantedSocketBuffer = 16 << 20;

    // Packets and super-packets; what a TUN device has by default overflows under one fast TCP stream.
    private const int QueueLength = 5000;

    // What TCP makes by default, on this device and in containers. A smaller one would have its segments fit one send; but where a
    // container's super-packet is longer than the device takes, the kernel cuts it up itself, into single packets (ADR 5).
    private const int SuperPacketSize = 65536;

    private static readonly TimeSpan RemakePause = TimeSpan.FromSeconds(1);

    private readonly UdpBackendConfig _config;
    private readonly Ipv4Prefix _network;
    private readonly ExternalInterface _external;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CurrentRoutes _routes = new();
    private readonly PeersOfType _filter;
    private readonly KernelReconciler _reconciler;
    private readonly DeviceQueues _deviceQueues;

    // A device that is made again and sockets that move do not come between each other.
    private readonly Lock _changing = new();
    private UdpSocket[] _sockets = [];
    private TunQueue[] _queues = [];
    private readonly OffloadStates _offloads = new();
    private Offloads _inForce = new();
    private int _socketBuffer;
    private Router.Router? _router;
    private Subnet _own;
    private bool _hasNetworkRoute;

    public UdpBackend(
        UdpBackendConfig config, Ipv4Prefix network, ExternalInterface external, TimeProvider time, ILogger logger)
    {
        _config = config;
        _network = network;
        _external = external;
        _time = time;
        _logger = logger;
        _filter = new PeersOfType(Type, isSilent: true, logger);
        _reconciler = new KernelReconciler(time, logger);
        _deviceQueues = DeviceQueues.Choose(config.Queues, Environment.ProcessorCount, FlowSteering.Load, logger);
    }

    /// <inheritdoc/>
    public int Mtu => _external.Mtu - RouterSettings.Overhead;

    /// <inheritdoc/>
    public BackendStatus Status
    {
        get
        {
            Router.Router router = _router ?? throw new InvalidOperationException("start before asking");
            return new UdpBackendStatus(
                _queues[0].Name,
                Mtu,
                router.RouteCount,
                _reconciler.Status,
                router.QueueCount,
                _deviceQueues.State,
                _socketBuffer,
                _offloads.Now,
                _offloads.StepDowns,
                router.Outbound,
                router.Inbound,
                router.AllocatedBytes);
        }
    }

    /// <summary>Takes what another process may hold: the port and a device.</summary>
    /// <exception cref="FatalException">The port is in use, or there is no TUN.</exception>
    public void Claim()
    {
        try
        {
            _sockets = Bind(_external.Address);
        }
        catch (SysException e)
        {
            throw new FatalException(
                $"failed to start listening on UDP socket: {e.Message}; is another daemon running? (\"Port\" in the config's Backend chooses another)", e);
        }

        _socketBuffer = _sockets.Min(socket => socket.SetBuffers(WantedSocketBuffer));
        if (_socketBuffer < WantedSocketBuffer)
            _logger.SmallSocketBuffer(_socketBuffer, WantedSocketBuffer);

        try
        {
            _queues = _deviceQueues.Create(DevicePattern);
        }
        catch (SysException e)
        {
            throw new FatalException($"{e.Message}; the udp backend needs the tun module and CAP_NET_ADMIN", e);
        }
    }

    /// <summary>Adds nothing: hosts of the udp backend do not name it.</summary>
    public LeaseAttributes Describe(LeaseAttributes bare, LeaseAttributes? held) => bare;

    /// <summary>Starts to carry packets for the subnet, on what <see cref="Claim"/> took.</summary>
    /// <exception cref="FatalException">The device cannot be set up.</exception>
    public void Start(Subnet own)
    {
        _own = own;
        try
        {
            _hasNetworkRoute = !IsNetworkRoutedElsewhere();
            StartRouter();
        }
        catch (SysException e)
        {
            throw new FatalException(e.Message, e);
        }

        if (_reconciler.Status.Troubles is { Count: > 0 } troubles)
            throw new FatalException($"the udp backend cannot be set up: {string.Join("; ", troubles.Values)}");
    }

    /// <summary>
    /// Sends and receives at another address of this host from now on. Nothing else changes: not the device and what the kernel has
    /// on it, not the peers, not the counters.
    /// </summary>
    /// <exception cref="SysException">The address or its port cannot be had; all is as it was.</exception>
    public void MoveTo(ExternalInterface external)
    {
        lock (_changing)
        {
            if (_sockets[0].LocalEndpoint.Address == external.Address)
                return;

            UdpSocket[] successors = Bind(external.Address);
            try
            {
                _ = successors.Min(socket => socket.SetBuffers(WantedSocketBuffer));
                _ = OffloadProbe.ApplyToSockets(successors, _inForce, []);
                foreach ((UdpSocket socket, UdpSocket successor) in _sockets.Zip(successors))
                    socket.Replace(successor);
            }
            finally
            {
                DisposeAll(successors);
            }

            if (!_router!.Completion.IsCompleted)
                _router.NoticeSockets();
        }
    }

    /// <inheritdoc/>
    public void SetPeers(IReadOnlyCollection<Lease> peers) =>
        _routes.Table = new RouteTable(_filter.Of(peers).Ours.Select(
            peer => new Route(peer.Subnet.Ipv4, new Ipv4Endpoint(peer.Attributes.PublicIP, (ushort)_config.Port))));

    /// <summary>Makes the device again whenever somebody deletes it, and keeps what is on it.</summary>
    public Task KeepAsync(CancellationToken cancellation) =>
        Companions.RunAsync([_reconciler.RunAsync, KeepDeviceAsync], cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _router?.Dispose();
        DisposeAll(_queues);
        DisposeAll(_sockets);
        _deviceQueues.Dispose();
        _reconciler.Dispose();
    }

    private static void DisposeAll(IEnumerable<Descriptor> descriptors)
    {
        foreach (Descriptor descriptor in descriptors)
            descriptor.Dispose();
    }

    /// <summary>Sockets on one address and no other, so that the overlay cannot be reached through every interface.</summary>
    private UdpSocket[] Bind(Ipv4Address address)
    {
        UdpSocket[] sockets = UdpSocket.BindMany(new Ipv4Endpoint(address, (ushort)_config.Port), _deviceQueues.Count);
        foreach (UdpSocket socket in sockets)
            socket.RefuseFragmentation();

        return sockets;
    }

    private async Task KeepDeviceAsync(CancellationToken cancellation)
    {
        while (true)
        {
            _ = await _router!.Completion.WaitAsync(cancellation);
            string name = _queues[0].Name;
            _logger.DeviceDeleted(name);
            await RemakeAsync(name, cancellation);
        }
    }

    /// <summary>A route that was there before us is somebody's wish, however odd.</summary>
    private bool IsNetworkRoutedElsewhere()
    {
        using var netlink = RouteNetlink.Open();
        bool isTaken = netlink.ListRoutes(AddressFamily.InterNetwork)
            .Any(route => route.Destination.Equals(_network.ToIPNetwork()) && route.Metric == 0);
        if (isTaken)
            _logger.NetworkRouteExists(_network, _queues[0].Name);

        return isTaken;
    }

    private void StartRouter()
    {
        string device = _queues[0].Name;
        Ipv4Address address = _own.Ipv4.Network;
        List<MissingOffload> missing = [];
        _inForce = OffloadProbe.Apply(_queues, _sockets, _config.Offloads, missing);
        _offloads.Begin(_config.Offloads);
        foreach (MissingOffload offload in missing)
        {
            _offloads.Missing(offload);
            _logger.OffloadMissing(offload.Offload, Errno.Describe(offload.Errno));
        }

        using (var netlink = RouteNetlink.Open())
        {
            int link = netlink.FindLink(device)?.Index ?? throw new SysException($"find {device}", Errno.ENODEV);
            AcceptOwnErrors(device);
            netlink.ChangeLink(link, new LinkChange(
                Mtu: Mtu, TransmitQueueLength: QueueLength, SuperPacketSize: SuperPacketSize, Up: true));
        }

        _reconciler.Apply(new UdpPlan(
            _external.Name, new TunDevice(device, Mtu), address, _hasNetworkRoute ? _network : null));
        _router = new Router.Router(
            _queues, _sockets, new RouterSettings(address, Mtu, _inForce, _time, WarnOfStepDown), _routes);
        _router.Start();
        _logger.UdpBackendUp(device, address, Mtu, _sockets[0].LocalEndpoint);
    }

    private void WarnOfStepDown(StepDown step)
    {
        _offloads.SteppedDown(step);
        _logger.OffloadSteppedDown(step.Offload, step.Peer?.ToString() ?? "every peer", Errno.Describe(step.Errno));
    }

    /// <summary>
    /// The router's ICMP errors come out of the device with the device's own address as their source, which the kernel drops as
    /// martian unless told otherwise (ip-sysctl, accept_local).
    /// </summary>
    private void AcceptOwnErrors(string device)
    {
        string path = $"/proc/sys/net/ipv4/conf/{device}/accept_local";
        try
        {
            File.WriteAllText(path, "1");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.IcmpErrorsLost(path, e.Message);
        }
    }

    private async Task RemakeAsync(string name, CancellationToken cancellation)
    {
        string? cause = null;
        while (true)
        {
            try
            {
                lock (_changing)
                {
                    _router?.Dispose();
                    DisposeAll(_queues);
                    _queues = _deviceQueues.Create(name);
                    StartRouter();
                }

                return;
            }
            catch (SysException e)
            {
                if (e.Message != cause)
                    _logger.DeviceNotRemade(name, cause = e.Message);
            }

            await Task.Delay(RemakePause, _time, cancellation);
        }
    }
}

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

    // Packets and super-packets. What a TUN device has by default overflows under one fast TCP stream; this much is what comes while a
    // daemon that has died is started again (ADR 18).
    private const int QueueLength = 16384;

    // What TCP makes by default, on this device and in containers. A smaller one would have its segments fit one send; but where a
    // container's super-packet is longer than the device takes, the kernel cuts it up itself, into single packets (ADR 5).
    private const int SuperPacketSize = 65536;

    // Of any link that IPv6 goes over (RFC 8200 section 5).
    private const int MinimumIpv6Mtu = 1280;

    private static readonly TimeSpan RemakePause = TimeSpan.FromSeconds(1);

    private readonly UdpBackendConfig _config;
    private readonly Ipv4Prefix _network;
    private readonly Ipv6Prefix? _ipv6Network;
    private readonly ExternalInterface _external;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CurrentRoutes _routes = new();
    private readonly UdpPeerRoutes _peerRoutes;
    private readonly PeersOfType _filter;
    private readonly KernelReconciler _reconciler;
    private readonly UdpDescriptors _held;
    private readonly KernelPath _kernel;

    // A device that is made again and sockets that move do not come between each other.
    private readonly Lock _changing = new();
    private readonly OffloadStates _offloads = new();
    private Offloads _inForce = new();

    // Where sockets and programs are now; the MTU stays that of the start.
    private ExternalInterface _reached;
    private Router.Router? _router;
    private bool _isPaused;
    private bool _isCarrying;
    private Subnet _own;
    private bool _hasNetworkRoute;
    private bool _hasIpv6NetworkRoute;

    /// <summary>Makes a backend that holds nothing yet.</summary>
    /// <param name="settings">Its part of the network config.</param>
    /// <param name="config">The network config.</param>
    /// <param name="external">Where the peers are.</param>
    /// <param name="kept">Is told of queues, sockets and programs: they outlive the daemon.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told what happens.</param>
    public UdpBackend(
        UdpBackendConfig settings,
        NetworkConfig config,
        ExternalInterface external,
        KeptDescriptors kept,
        TimeProvider time,
        ILogger logger)
    {
        _config = settings;
        _network = config.Network;
        _ipv6Network = config.EnableIPv6 ? config.IPv6Network : null;
        _external = external;
        _reached = external;
        _time = time;
        _logger = logger;
        _peerRoutes = new UdpPeerRoutes((ushort)settings.Port, logger);
        _filter = new PeersOfType(Type, isSilent: true, logger);
        _reconciler = new KernelReconciler(time, logger);
        DeviceQueues queues = DeviceQueues.Choose(settings.Queues, Environment.ProcessorCount, FlowSteering.Load, logger);
        _held = new UdpDescriptors(queues, (ushort)settings.Port, kept, time, logger);
        _kernel = new KernelPath(logger) { Kept = kept };
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
                _held.Device,
                Mtu,
                router.RouteCount,
                _reconciler.Status,
                router.QueueCount,
                _held.Steering,
                _held.SocketBuffer,
                _offloads.Now(_kernel.State),
                _offloads.StepDowns,
                router.Outbound,
                router.Inbound,
                router.DropSources,
                router.AllocatedBytes,
                _kernel.RouteCount,
                _kernel.Counters,
                _ipv6Network is null ? null : router.Ipv6RouteCount);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="FatalException">The port is in use, there is no TUN, or too little room for IPv6.</exception>
    public void Claim(InheritedDescriptors inherited)
    {
        if (_ipv6Network is not null && Mtu < MinimumIpv6Mtu)
        {
            throw new FatalException(
                $"EnableIPv6: {_external.Name} has an MTU of {_external.Mtu}, so that the overlay takes packets of {Mtu} bytes, and IPv6 "
                + $"needs {MinimumIpv6Mtu} (RFC 8200); give it an MTU of {MinimumIpv6Mtu + RouterSettings.Overhead} or more, or set "
                + "EnableIPv6 to false");
        }

        _kernel.Inherit(_held.Claim(inherited, _external.Address));
    }

    /// <summary>Adds that IPv6 is taken, where it is. Hosts of the udp backend do not name it.</summary>
    public LeaseAttributes Describe(LeaseAttributes bare, LeaseAttributes? held) =>
        bare with { BackendV6Data = _ipv6Network is null ? null : Ipv6Offer.Data };

    /// <summary>
    /// Makes the device ready to carry packets for the subnet, on what <see cref="Claim"/> took. They wait in it until there are peers.
    /// </summary>
    /// <exception cref="FatalException">The device cannot be set up.</exception>
    public void Start(Subnet own)
    {
        _own = own;
        try
        {
            _held.RenewOthersDevice(_own.Ipv4.Network);
            LeaveOthersRoutes();
            PrepareRouter();
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
            if (_held.Local.Address == external.Address)
                return;

            _held.MoveTo(external.Address, _inForce);
            _reached = external;
            if (!_router!.Completion.IsCompleted)
            {
                _router.NoticeSockets();
                StartKernelPath(FindDevice());
                KeepKernelState();
            }
        }
    }

    /// <inheritdoc/>
    public void SetPeers(IReadOnlyCollection<Lease> peers)
    {
        IReadOnlyList<Lease> ours = _filter.Of(peers).Ours;
        IReadOnlyList<Route> routes = _peerRoutes.Ipv4(ours);
        _routes.Table = new RouteTable(routes, _ipv6Network is null ? null : _peerRoutes.Ipv6(ours));
        _kernel.SetLeases(routes);
    }

    /// <inheritdoc/>
    public void Carry()
    {
        lock (_changing)
        {
            if (_isPaused)
                _router = NewRouter();

            _isPaused = false;
            _router!.Start();
            _isCarrying = true;
            _kernel.TakeCharge();
        }
    }

    /// <inheritdoc/>
    public void Pause()
    {
        lock (_changing)
        {
            _isPaused = true;
            _isCarrying = false;
            _router!.Dispose();
        }
    }

    /// <summary>Makes the device again whenever somebody deletes it, and keeps what is on it.</summary>
    public Task KeepAsync(Pulse pulse, CancellationToken cancellation) => Companions.RunAsync(
        [
            token => _reconciler.RunAsync(pulse, token),
            KeepDeviceAsync,
            token => LoopWatch.RunAsync(AskForTurns, pulse, _time, token),
            token => new DropWatch(() => _router, _config, _logger).RunAsync(_time, token),
        ],
        cancellation);

    /// <summary>Finds the peers that have a way through the kernel, as this host may.</summary>
    public async Task ExchangeAsync(EtcdStore store, Succession succession, CancellationToken cancellation)
    {
        using var offer = new OwnOffer(_own.Ipv4, _time);
        var directory = new TunnelDirectory(store, _kernel, _time) { Own = offer, IsSucceeded = () => succession.IsUnderWay };
        await directory.RunAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _kernel.Dispose();
        if (!_isPaused)
            _router?.Dispose();

        _held.Dispose();
        _reconciler.Dispose();
    }

    private async Task KeepDeviceAsync(CancellationToken cancellation)
    {
        while (true)
        {
            _ = await _router!.Completion.WaitAsync(cancellation);
            string name = _held.Device;
            _logger.DeviceDeleted(name);
            await RemakeAsync(name, cancellation);
        }
    }

    // Not while the router is replaced or rests: who waits here for longer does not beat.
    private Func<bool> AskForTurns()
    {
        lock (_changing)
            return !_isCarrying || _router!.Completion.IsCompleted ? () => true : _router.AskForTurns();
    }

    /// <summary>A route that was there before us is somebody's wish, however odd.</summary>
    private void LeaveOthersRoutes()
    {
        int device = FindDevice();
        _hasNetworkRoute = !ForeignRoutes.Have(_network, device);
        if (!_hasNetworkRoute)
            _logger.NetworkRouteExists(_network, _held.Device);

        if (_ipv6Network is not { } ipv6Network)
            return;

        _hasIpv6NetworkRoute = !ForeignRoutes.Have(ipv6Network, device);
        if (!_hasIpv6NetworkRoute)
            _logger.Ipv6NetworkRouteExists(ipv6Network, _held.Device);
    }

    private void PrepareRouter()
    {
        string device = _held.Device;
        Ipv4Address address = _own.Ipv4.Network;
        Ipv6Address? ipv6Address = _ipv6Network is null ? null : _own.Ipv6?.Network;
        int link = FindDevice();
        List<MissingOffload> missing = [];
        StartKernelPath(link);
        _inForce = OffloadProbe.Apply(_held.Queues, _held.Sockets, _config.Offloads, missing);
        _offloads.Begin(_config.Offloads);
        foreach (MissingOffload offload in missing)
        {
            _offloads.Missing(offload);
            _logger.OffloadMissing(offload.Offload, Errno.Describe(offload.Errno));
        }

        using (var netlink = RouteNetlink.Open())
        {
            TunSettings.AcceptOwnErrors(device, _logger);
            if (ipv6Address is not null)
                Ipv6Settings.Enable(device, _logger);

            netlink.ChangeLink(link, new LinkChange(
                Mtu: Mtu, TransmitQueueLength: QueueLength, SuperPacketSize: SuperPacketSize, Up: true));
        }

        KeepKernelState();
        _router = NewRouter();
        _logger.UdpBackendUp(device, address, Mtu, _held.Local);
        if (ipv6Address is not null)
            _logger.Ipv6Up(device, ipv6Address.Value);
    }

    private void KeepKernelState() => _reconciler.Apply(new UdpPlan(
        _reached.Name, new TunDevice(_held.Device, Mtu), _own.Ipv4.Network, _hasNetworkRoute ? _network : null)
    {
        Ipv6Address = _ipv6Network is null ? null : _own.Ipv6?.Network,
        Ipv6Network = _hasIpv6NetworkRoute ? _ipv6Network : null,
    });

    private Router.Router NewRouter()
    {
        Ipv6Address? ipv6Address = _ipv6Network is null ? null : _own.Ipv6?.Network;
        var rules = new PeerRules(_config.PeerCheck, _config.PeerNat, _own.Ipv4, _ipv6Network is null ? null : _own.Ipv6);
        var settings = new RouterSettings(_own.Ipv4.Network, Mtu, _inForce, _time, WarnOfStepDown, ipv6Address, rules);
        return new Router.Router(_held.Queues, _held.Sockets, settings, _routes);
    }

    private int FindDevice()
    {
        using var netlink = RouteNetlink.Open();
        string device = _held.Device;
        return netlink.FindLink(device)?.Index ?? throw new SysException($"find {device}", Errno.ENODEV);
    }

    private void StartKernelPath(int device)
    {
        var settings = new KernelTunnelSettings(
            device, _reached.LinkIndex, _reached.Address, (ushort)_config.Port, _own.Ipv4.Network, Mtu)
        {
            Own = _config.PeerCheck == PeerCheck.Off ? null : _own.Ipv4,
            ChecksSource = _config.PeerCheck == PeerCheck.Strict,
        };
        _kernel.Start(settings, _config.Offloads.KernelTunnel ? KernelTunnelRules.WhyNot(_reached) : "by the config");
    }

    private void WarnOfStepDown(StepDown step)
    {
        _offloads.SteppedDown(step);
        _logger.OffloadSteppedDown(step.Offload, step.Peer?.ToString() ?? "every peer", Errno.Describe(step.Errno));
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
                    _held.RemakeDevice(name);
                    PrepareRouter();
                    _router!.Start();
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

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

    private static readonly TimeSpan RemakePause = TimeSpan.FromSeconds(1);

    private readonly UdpBackendConfig _config;
    private readonly bool _isDualStack;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CurrentRoutes _routes = new();
    private readonly UdpPeerRoutes _peerRoutes;
    private readonly PeersOfType _filter;
    private readonly UdpDescriptors _held;
    private readonly UdpDevice _device;
    private readonly OffloadStates _offloads;
    private readonly KernelPath _kernel;

    // A device that is made again and sockets that move do not come between each other.
    private readonly Lock _changing = new();

    // Where sockets and programs are now; the MTU stays that of the start.
    private ExternalInterface _reached;
    private Router.Router? _router;
    private bool _isPaused;
    private bool _isCarrying;

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
        _isDualStack = config.EnableIPv6;
        _reached = external;
        Mtu = external.Mtu - RouterSettings.Overhead;
        _time = time;
        _logger = logger;
        _peerRoutes = new UdpPeerRoutes((ushort)settings.Port, logger);
        _filter = new PeersOfType(Type, isSilent: true, logger);
        _device = new UdpDevice(config, Mtu, time, logger);
        _offloads = new OffloadStates(settings.Offloads, logger);
        DeviceQueues queues = DeviceQueues.Choose(settings.Queues, Environment.ProcessorCount, FlowSteering.Load, logger);
        _held = new UdpDescriptors(queues, (ushort)settings.Port, kept, time, logger);
        _kernel = new KernelPath(logger) { Kept = kept };
    }

    /// <inheritdoc/>
    public int Mtu { get; }

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
                _device.Status,
                router.QueueCount,
                _held.Steering,
                _held.SocketBuffer,
                _offloads.Now(_kernel.IsOn ? KernelTunnelRules.StateOn(_reached) : _kernel.State),
                _offloads.StepDowns,
                router.Outbound,
                router.Inbound,
                router.DropSources,
                router.AllocatedBytes,
                _kernel.RouteCount,
                _kernel.Counters,
                _isDualStack ? router.Ipv6RouteCount : null);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="FatalException">The port is in use, there is no TUN, or too little room for IPv6.</exception>
    public void Claim(InheritedDescriptors inherited)
    {
        _device.RequireRoom(_reached);
        _kernel.Inherit(_held.Claim(inherited, _reached.Address));
    }

    /// <summary>Adds that IPv6 is taken, where it is. Hosts of the udp backend do not name it.</summary>
    public LeaseAttributes Describe(LeaseAttributes bare, LeaseAttributes? held) =>
        bare with { BackendV6Data = _isDualStack ? Ipv6Offer.Data : null };

    /// <summary>
    /// Makes the device ready to carry packets for the subnet, on what <see cref="Claim"/> took. They wait in it until there are peers.
    /// </summary>
    /// <exception cref="FatalException">The device cannot be set up.</exception>
    public void Start(Subnet own)
    {
        try
        {
            _held.RenewOthersDevice(own.Ipv4.Network);
            _device.Begin(_held.Device, own);
            PrepareRouter();
        }
        catch (SysException e)
        {
            throw new FatalException(e.Message, e);
        }

        if (_device.Status.Troubles is { Count: > 0 } troubles)
            throw new FatalException($"the udp backend cannot be set up: {string.Join("; ", troubles.Values)}");
    }

    /// <summary>
    /// Sends and receives at another address of this host, or through another interface, from now on. Nothing else changes: not the
    /// device and what the kernel has on it, not the peers, not the counters.
    /// </summary>
    /// <exception cref="SysException">The address or its port cannot be had; all is as it was.</exception>
    public void MoveTo(ExternalInterface external)
    {
        lock (_changing)
        {
            if (_reached.HasSamePlace(external))
                return;

            // An interface may be another one with the same address: then the sockets are right, but not the programs on it.
            bool isElsewhere = _held.Local.Address != external.Address;
            if (isElsewhere)
                _held.MoveTo(external.Address, _offloads.InForce);

            _reached = external;
            if (!_router!.Completion.IsCompleted)
            {
                if (isElsewhere)
                    _router.NoticeSockets();

                StartKernelPath();
                _device.Arrange(_held.Device, _reached.Name);
            }
        }
    }

    /// <inheritdoc/>
    public void SetPeers(IReadOnlyCollection<Lease> peers)
    {
        IReadOnlyList<Lease> ours = _filter.Of(peers).Ours;
        IReadOnlyList<Route> routes = _peerRoutes.Ipv4(ours);
        _routes.Table = new RouteTable(routes, _isDualStack ? _peerRoutes.Ipv6(ours) : null);
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
            token => _device.KeepAsync(pulse, token),
            KeepDeviceAsync,
            token => LoopWatch.RunAsync(AskForTurns, pulse, _time, token),
            token => new DropWatch(() => _router, _config, _logger).RunAsync(_time, token),
        ],
        cancellation);

    /// <summary>Finds the peers that have a way through the kernel, as this host may.</summary>
    public async Task ExchangeAsync(EtcdStore store, Succession succession, CancellationToken cancellation)
    {
        using var offer = new OwnOffer(_device.Own.Ipv4, _time);
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
        _device.Dispose();
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

    private void PrepareRouter()
    {
        string device = _held.Device;
        StartKernelPath();
        _offloads.Probe(_held.Queues, _held.Sockets);
        _device.BringUp(device);
        _device.Arrange(device, _reached.Name);
        _router = NewRouter();
        _logger.UdpBackendUp(device, _device.Own.Ipv4.Network, Mtu, _held.Local);
        if (_device.Own.Ipv6 is { } ipv6)
            _logger.Ipv6Up(device, ipv6.Network);
    }

    private Router.Router NewRouter()
    {
        Subnet own = _device.Own;
        var rules = new PeerRules(_config.PeerCheck, _config.PeerNat, own.Ipv4, own.Ipv6);
        var settings = new RouterSettings(
            own.Ipv4.Network, Mtu, _offloads.InForce, _time, _offloads.SteppedDown, own.Ipv6?.Network, rules);
        return new Router.Router(_held.Queues, _held.Sockets, settings, _routes);
    }

    private void StartKernelPath()
    {
        Ipv4Prefix own = _device.Own.Ipv4;
        var settings = new KernelTunnelSettings(
            UdpDevice.IndexOf(_held.Device), _reached.LinkIndex, _reached.Address, (ushort)_config.Port, own.Network, Mtu)
        {
            Own = _config.PeerCheck == PeerCheck.Off ? null : own,
            ChecksSource = _config.PeerCheck == PeerCheck.Strict,
        };
        _kernel.Start(settings, _config.Offloads.KernelTunnel ? KernelTunnelRules.WhyNot(_reached) : "by the config");
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

using FastFlannel.Native;
using FastFlannel.Router;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// The udp backend: a TUN device that the network is routed to, a UDP socket, and the router between them (flannel,
/// pkg/backend/udp). The device vanishes with the daemon.
/// </summary>
internal sealed class UdpBackend : IDisposable
{
    private const string DevicePattern = "flannel%d";
    private const int WantedSocketBuffer = 16 << 20;

    // Packets and super-packets; what a TUN device has by default overflows under one fast TCP stream.
    private const int QueueLength = 5000;

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
    private readonly HashSet<(Subnet Subnet, string Type)> _warned = [];
    private readonly HashSet<Subnet> _withoutIpv6 = [];
    private readonly DeviceQueues _deviceQueues;
    private readonly KernelPath _kernel;

    // A device that is made again and sockets that move do not come between each other.
    private readonly Lock _changing = new();
    private UdpSocket[] _sockets = [];
    private TunQueue[] _queues = [];
    private readonly OffloadStates _offloads = new();
    private Offloads _inForce = new();

    // Where sockets and programs are now; the MTU stays that of the start.
    private ExternalInterface _reached;
    private int _socketBuffer;
    private Subnet _own;
    private Router.Router? _router;

    /// <summary>Makes a backend that holds nothing yet.</summary>
    /// <param name="config">Its part of the network config.</param>
    /// <param name="network">The overlay.</param>
    /// <param name="ipv6Network">The IPv6 half of a dual-stack overlay, or null.</param>
    /// <param name="external">Where the peers are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told what happens.</param>
    public UdpBackend(
        UdpBackendConfig config,
        Ipv4Prefix network,
        Ipv6Prefix? ipv6Network,
        ExternalInterface external,
        TimeProvider time,
        ILogger logger)
    {
        _config = config;
        _network = network;
        _ipv6Network = ipv6Network;
        _external = external;
        _reached = external;
        _time = time;
        _logger = logger;
        _deviceQueues = DeviceQueues.Choose(config.Queues, Environment.ProcessorCount, FlowSteering.Load, logger);
        _kernel = new KernelPath(logger);
    }

    /// <summary>The way through the kernel, to the peers that have it as well.</summary>
    public KernelPath Kernel => _kernel;

    /// <summary>The longest inner packet, in bytes.</summary>
    public int Mtu => _external.Mtu - RouterSettings.Overhead;

    /// <summary>What peers are to read in this host's lease as BackendV6Data, or null.</summary>
    public string? BackendV6Data => _ipv6Network is null ? null : Ipv6Offer.Data;

    /// <summary>The backend at this moment; not before <see cref="Start"/>.</summary>
    public UdpBackendStatus Status
    {
        get
        {
            Router.Router router = _router ?? throw new InvalidOperationException("start before asking");
            return new UdpBackendStatus(
                _queues[0].Name,
                Mtu,
                router.QueueCount,
                _deviceQueues.State,
                _socketBuffer,
                router.RouteCount,
                _offloads.Now,
                _offloads.StepDowns,
                router.Outbound,
                router.Inbound,
                router.AllocatedBytes,
                _kernel.RouteCount,
                _kernel.Counters,
                _own,
                _ipv6Network is null ? null : router.Ipv6RouteCount);
        }
    }

    /// <summary>Takes what another process may hold: the port and a device. Before the lease, so that failing leaves none behind.</summary>
    /// <exception cref="FatalException">The port is in use, there is no TUN, or too little room for IPv6.</exception>
    public void Claim()
    {
        if (_ipv6Network is not null && Mtu < MinimumIpv6Mtu)
        {
            throw new FatalException(
                $"EnableIPv6: {_external.Name} has an MTU of {_external.Mtu}, so that the overlay takes packets of {Mtu} bytes, and IPv6 "
                + $"needs {MinimumIpv6Mtu} (RFC 8200); give it an MTU of {MinimumIpv6Mtu + RouterSettings.Overhead} or more, or set "
                + "EnableIPv6 to false");
        }

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

    /// <summary>Starts to carry packets for the subnet, on what <see cref="Claim"/> took.</summary>
    /// <exception cref="FatalException">The device cannot be set up.</exception>
    public void Start(Subnet own)
    {
        try
        {
            StartRouter(own);
        }
        catch (SysException e)
        {
            throw new FatalException(e.Message, e);
        }
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

            _reached = external;
            if (!_router!.Completion.IsCompleted)
            {
                _router.NoticeSockets();
                StartKernelPath(FindDevice());
            }
        }
    }

    /// <summary>Puts the peers' leases in force.</summary>
    public void SetPeers(IReadOnlyCollection<Lease> peers)
    {
        Lease[] ours = [.. peers.Where(IsOfThisBackend)];
        Route[] routes = [.. ours.Select(peer => new Route(peer.Subnet.Ipv4, EndpointOf(peer)))];
        _routes.Table = new RouteTable(
            routes,
            _ipv6Network is null
                ? null
                : ours.Where(TakesIpv6).Select(peer => new Ipv6PeerRoute(peer.Subnet.Ipv6!.Value, EndpointOf(peer))));
        _kernel.SetLeases(routes);
    }

    /// <summary>Makes the device again whenever somebody deletes it.</summary>
    public async Task KeepAsync(Subnet own, CancellationToken cancellation)
    {
        while (true)
        {
            _ = await _router!.Completion.WaitAsync(cancellation);
            string name = _queues[0].Name;
            _logger.DeviceDeleted(name);
            await RemakeAsync(own, name, cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _kernel.Dispose();
        _router?.Dispose();
        DisposeAll(_queues);
        DisposeAll(_sockets);
        _deviceQueues.Dispose();
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

    private void StartRouter(Subnet own)
    {
        string device = _queues[0].Name;
        Ipv4Address address = own.Ipv4.Network;
        Ipv6Address? ipv6Address = _ipv6Network is null ? null : own.Ipv6?.Network;
        _own = own;
        List<MissingOffload> missing = [];
        StartKernelPath(FindDevice());
        _inForce = OffloadProbe.Apply(_queues, _sockets, _config.Offloads, missing);
        _offloads.Begin(_config.Offloads);
        _offloads.KernelTunnel(_kernel.State);
        foreach (MissingOffload offload in missing)
        {
            _offloads.Missing(offload);
            _logger.OffloadMissing(offload.Offload, Errno.Describe(offload.Errno));
        }

        using (var netlink = RouteNetlink.Open())
        {
            int link = FindDevice();
            AcceptOwnErrors(device);
            _ = netlink.AddAddress(link, address, 32);
            if (ipv6Address is { } given)
            {
                Ipv6Settings.Apply(device, _logger);
                _ = netlink.AddAddress(new AddressInfo(link, given, 128, Flags: AddressFlags.NoDuplicateDetection));
            }

            netlink.ChangeLink(link, new LinkChange(
                Mtu: Mtu, TransmitQueueLength: QueueLength, SuperPacketSize: SuperPacketSize, Up: true));
            if (!netlink.AddRoute(new IpRoute(_network, link)))
                _logger.NetworkRouteExists(_network, device);

            if (_ipv6Network is { } ipv6Network && !netlink.AddRoute(new IpRoute(ipv6Network, link)))
                _logger.Ipv6NetworkRouteExists(ipv6Network, device);
        }

        _router = new Router.Router(
            _queues, _sockets, new RouterSettings(address, Mtu, _inForce, _time, WarnOfStepDown, ipv6Address), _routes);
        _router.Start();
        _logger.UdpBackendUp(device, address, Mtu, _sockets[0].LocalEndpoint);
        if (ipv6Address is not null)
            _logger.Ipv6Up(device, ipv6Address.Value);
    }

    private int FindDevice()
    {
        using var netlink = RouteNetlink.Open();
        string device = _queues[0].Name;
        return netlink.FindLink(device)?.Index ?? throw new SysException($"find {device}", Errno.ENODEV);
    }

    private void StartKernelPath(int device)
    {
        using var netlink = RouteNetlink.Open();
        LinkInfo? external = netlink.FindLink(_reached.Name);
        string? reason = !_config.Offloads.KernelTunnel ? "by the config"
            : _reached.Address != _reached.PublicAddress ? $"{_reached.Address} is reached as {_reached.PublicAddress}, through a NAT"
            : external is not { IsEthernet: true } ? $"{_reached.Name} is no Ethernet device"
            : IpsecPolicies.Exist() ? KernelPath.IpsecReason
            : null;
        var settings = new KernelTunnelSettings(
            device, _reached.LinkIndex, _reached.Address, (ushort)_config.Port, _own.Ipv4.Network, Mtu);
        _kernel.Start(reason is null ? settings : null, reason ?? "");
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

    private async Task RemakeAsync(Subnet own, string name, CancellationToken cancellation)
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
                    StartRouter(own);
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

    private Ipv4Endpoint EndpointOf(Lease peer) => new(peer.Attributes.PublicIP, (ushort)_config.Port);

    private bool TakesIpv6(Lease peer)
    {
        if (peer.Subnet.Ipv6 is not null && Ipv6Offer.IsMadeBy(peer.Attributes))
            return true;

        if (_withoutIpv6.Add(peer.Subnet))
            _logger.PeerWithoutIpv6(peer.Attributes.PublicIP, peer.Subnet);

        return false;
    }

    private bool IsOfThisBackend(Lease peer)
    {
        // Hosts of the udp backend do not name it in their leases.
        string type = peer.Attributes.BackendType;
        bool isOurs = type.Length == 0 || type.Equals("udp", StringComparison.OrdinalIgnoreCase);
        if (!isOurs && _warned.Add((peer.Subnet, type)))
            _logger.PeerOfOtherBackend(peer.Attributes.PublicIP, peer.Subnet, type);

        return isOurs;
    }
}

using FastFlannel.Native;
using FastFlannel.Router;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// What the kernel has on the TUN device of the udp backend: its settings, its addresses and the networks routed to it, whatever others
/// change of them. Whoever has the queues makes the device itself.
/// </summary>
internal sealed class UdpDevice : IDisposable
{
    // Packets and super-packets. What a TUN device has by default overflows under one fast TCP stream; this much is what comes while a
    // daemon that has died is started again (ADR 18).
    private const int QueueLength = 16384;

    // What TCP makes by default, on this device and in containers. A smaller one would have its segments fit one send; but where a
    // container's super-packet is longer than the device takes, the kernel cuts it up itself, into single packets (ADR 5).
    private const int SuperPacketSize = 65536;

    // Of any link that IPv6 goes over (RFC 8200 section 5).
    private const int MinimumIpv6Mtu = 1280;

    private readonly Ipv4Prefix _network;
    private readonly Ipv6Prefix? _ipv6Network;
    private readonly int _mtu;
    private readonly ILogger _logger;
    private readonly KernelReconciler _reconciler;
    private Subnet _own;
    private bool _hasNetworkRoute;
    private bool _hasIpv6NetworkRoute;

    /// <summary>Changes nothing yet.</summary>
    /// <param name="config">The network config.</param>
    /// <param name="mtu">The longest packet, in bytes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told what happens.</param>
    /// <exception cref="SysException">The process has no descriptor left.</exception>
    public UdpDevice(NetworkConfig config, int mtu, TimeProvider time, ILogger logger)
    {
        _network = config.Network;
        _ipv6Network = config.EnableIPv6 ? config.IPv6Network : null;
        _mtu = mtu;
        _logger = logger;
        _reconciler = new KernelReconciler(time, logger);
    }

    /// <summary>How its entries in the kernel stand.</summary>
    public KernelStatus Status => _reconciler.Status;

    /// <summary>This host's subnets: the IPv6 one of a dual-stack network alone. Not before <see cref="Begin"/>.</summary>
    public Subnet Own => _own;

    /// <summary>Refuses an interface that leaves too little room for IPv6, where the network has it.</summary>
    /// <exception cref="FatalException">It does.</exception>
    public void RequireRoom(ExternalInterface external)
    {
        if (_ipv6Network is not null && _mtu < MinimumIpv6Mtu)
        {
            throw new FatalException(
                $"EnableIPv6: {external.Name} has an MTU of {external.Mtu}, so that the overlay takes packets of {_mtu} bytes, and IPv6 "
                + $"needs {MinimumIpv6Mtu} (RFC 8200); give it an MTU of {MinimumIpv6Mtu + RouterSettings.Overhead} or more, or set "
                + "EnableIPv6 to false");
        }
    }

    /// <summary>Begins for a subnet. A route that was there before us is somebody's wish, however odd.</summary>
    /// <param name="name">The device's name.</param>
    /// <param name="own">What this host has leased.</param>
    /// <exception cref="SysException">The device is not there, or the kernel does not say what else is.</exception>
    public void Begin(string name, Subnet own)
    {
        _own = _ipv6Network is null ? new Subnet(own.Ipv4) : own;
        int link = IndexOf(name);
        _hasNetworkRoute = !ForeignRoutes.Have(_network, link);
        if (!_hasNetworkRoute)
            _logger.NetworkRouteExists(_network, name);

        if (_ipv6Network is not { } ipv6Network)
            return;

        _hasIpv6NetworkRoute = !ForeignRoutes.Have(ipv6Network, link);
        if (!_hasIpv6NetworkRoute)
            _logger.Ipv6NetworkRouteExists(ipv6Network, name);
    }

    /// <summary>Readies a device that was made just now, and brings it up.</summary>
    /// <exception cref="SysException">The kernel refuses.</exception>
    public void BringUp(string name)
    {
        TunSettings.AcceptOwnErrors(name, _logger);
        if (_own.Ipv6 is not null)
            Ipv6Settings.Enable(name, _logger);

        using var netlink = RouteNetlink.Open();
        netlink.ChangeLink(
            IndexOf(name),
            new LinkChange(Mtu: _mtu, TransmitQueueLength: QueueLength, SuperPacketSize: SuperPacketSize, Up: true));
    }

    /// <summary>Puts addresses and routes in force, as far as the kernel lets; the rest is tried again.</summary>
    /// <param name="name">The device's name.</param>
    /// <param name="external">The interface that leads to the peers.</param>
    public void Arrange(string name, string external) => _reconciler.Apply(
        new UdpPlan(external, new TunDevice(name, _mtu), _own.Ipv4.Network, _hasNetworkRoute ? _network : null)
        {
            Ipv6Address = _own.Ipv6?.Network,
            Ipv6Network = _hasIpv6NetworkRoute ? _ipv6Network : null,
        });

    /// <summary>Keeps them in force until told to stop.</summary>
    public Task KeepAsync(Pulse pulse, CancellationToken cancellation) => _reconciler.RunAsync(pulse, cancellation);

    /// <summary>The device's index.</summary>
    /// <exception cref="SysException">It is not there.</exception>
    public static int IndexOf(string name)
    {
        using var netlink = RouteNetlink.Open();
        return netlink.FindLink(name)?.Index ?? throw new SysException($"find {name}", Errno.ENODEV);
    }

    /// <inheritdoc/>
    public void Dispose() => _reconciler.Dispose();
}

using FastFlannel.Native;
using FastFlannel.Router;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// The udp backend's way through the kernel, to the peers that have one too (docs/adr/0012-kernel-tunnel.md). Everybody else, and
/// every packet that needs more than two headers, goes through the router.
/// </summary>
internal sealed class KernelPath(ILogger logger) : IDisposable
{
    /// <summary>Why it is off where IPsec is in use.</summary>
    public const string IpsecReason = "IPsec policies are in force, which the programs would not see";

    private readonly Lock _lock = new();
    private readonly Dictionary<Ipv4Prefix, Ipv4Address> _routes = [];
    private readonly HashSet<Ipv4Address> _peers = [];
    private IReadOnlyCollection<Route> _leased = [];
    private IReadOnlySet<Ipv4Address> _announced = new HashSet<Ipv4Address>();
    private bool _isSending;
    private KernelTunnel? _tunnel;
    private KernelTunnelCounters _before;

    /// <summary><c>on</c>, or why it is off.</summary>
    public string State { get; private set; } = "off: not started";

    /// <summary>Whether packets of peers are taken from the kernel.</summary>
    public bool IsOn => _tunnel is not null;

    /// <summary>This end's address; datagrams go to it.</summary>
    public Ipv4Address Local { get; private set; }

    /// <summary>How many peers' subnets are reached through the kernel.</summary>
    public int RouteCount => _routes.Count;

    /// <summary>What was carried since the daemon started.</summary>
    public KernelTunnelCounters Counters
    {
        get
        {
            lock (_lock)
                return _tunnel is null ? _before : Add(_before, _tunnel.Counters);
        }
    }

    /// <summary>Starts, or starts anew for another device or address. Without what it needs it stays off and says why.</summary>
    /// <param name="settings">What for; null leaves it off.</param>
    /// <param name="reason">Why it is off then.</param>
    public void Start(KernelTunnelSettings? settings, string reason)
    {
        lock (_lock)
        {
            Stop();
            State = $"off: {reason}";
            if (settings is null)
                return;

            try
            {
                _tunnel = new KernelTunnel(settings);

                // At another address nobody expects our packets yet.
                _isSending &= settings.Local == Local;
                (State, Local) = ("on", settings.Local);
                Apply();
            }
            catch (SysException e)
            {
                Stop();
                State = $"off: {e.Message}";
                logger.KernelTunnelMissing(e.Message);
            }
        }
    }

    /// <summary>Where packets to peers' subnets go, by their leases.</summary>
    public void SetLeases(IReadOnlyCollection<Route> leased)
    {
        lock (_lock)
        {
            _leased = leased;
            Apply();
        }
    }

    /// <summary>Who has said to have a way through the kernel. From now on packets of theirs are taken.</summary>
    public void SetAnnounced(IReadOnlySet<Ipv4Address> hosts)
    {
        lock (_lock)
        {
            _announced = hosts;
            Apply();
        }
    }

    /// <summary>From now on packets are sent as well: everybody has had the time to hear of this host.</summary>
    public void BeginSending()
    {
        lock (_lock)
        {
            _isSending = true;
            Apply();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            Stop();
    }

    private static KernelTunnelCounters Add(KernelTunnelCounters a, KernelTunnelCounters b) =>
        new(a.PacketsOut + b.PacketsOut, a.BytesOut + b.BytesOut, a.PacketsIn + b.PacketsIn, a.BytesIn + b.BytesIn);

    private void Stop()
    {
        if (_tunnel is null)
            return;

        _before = Add(_before, _tunnel.Counters);
        _tunnel.Dispose();
        _tunnel = null;
        _routes.Clear();
        _peers.Clear();
    }

    /// <summary>The difference between what shall be and what is. Who may send to us comes first, and goes last.</summary>
    private void Apply()
    {
        if (_tunnel is null)
            return;

        Dictionary<Ipv4Prefix, Ipv4Address> routes = [];
        HashSet<Ipv4Address> peers = [];
        foreach (Route route in _leased.Where(route => _announced.Contains(route.NextHop.Address)))
        {
            _ = peers.Add(route.NextHop.Address);
            if (_isSending)
                routes[route.Subnet] = route.NextHop.Address;
        }

        foreach (Ipv4Address peer in peers.Where(_peers.Add))
            _tunnel.AddPeer(peer);

        foreach ((Ipv4Prefix subnet, Ipv4Address peer) in routes)
        {
            if (_routes.TryGetValue(subnet, out Ipv4Address now) && now == peer)
                continue;

            _tunnel.SetRoute(subnet, peer);
            _routes[subnet] = peer;
        }

        foreach (Ipv4Prefix subnet in _routes.Keys.Where(subnet => !routes.ContainsKey(subnet)).ToArray())
        {
            _tunnel.RemoveRoute(subnet);
            _ = _routes.Remove(subnet);
        }

        foreach (Ipv4Address peer in _peers.Where(peer => !peers.Contains(peer)).ToArray())
        {
            _tunnel.RemovePeer(peer);
            _ = _peers.Remove(peer);
        }
    }
}

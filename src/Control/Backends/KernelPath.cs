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
    private readonly KernelTunnelEntries _entries = new();
    private IReadOnlyCollection<Route> _leased = [];
    private IReadOnlyDictionary<Ipv4Address, TunnelOffer> _announced = new Dictionary<Ipv4Address, TunnelOffer>();
    private bool _isSending;
    private string? _offForGood;
    private KernelTunnel? _tunnel;
    private IReadOnlyList<Descriptor> _previous = [];
    private bool _hasLeases;
    private bool _isSettled;
    private bool _isInCharge;
    private KernelTunnelCounters _before;

    /// <summary>Is told of what the programs hang on, so that they outlive the daemon; null to have them end with it.</summary>
    public KeptDescriptors? Kept { get; init; }

    /// <summary><c>on</c>, or why it is off.</summary>
    public string State { get; private set; } = "off: not started";

    /// <summary>Whether packets of peers are taken from the kernel.</summary>
    public bool IsOn => _tunnel is not null;

    /// <summary>This end's address; datagrams go to it.</summary>
    public Ipv4Address Local { get; private set; }

    /// <summary>How many peers' subnets are reached through the kernel.</summary>
    public int RouteCount => _entries.RouteCount;

    /// <summary>What was carried since the daemon started.</summary>
    public KernelTunnelCounters Counters
    {
        get
        {
            lock (_lock)
                return _tunnel is null ? _before : Add(_before, _tunnel.Counters);
        }
    }

    /// <summary>
    /// Leaves the programs of an earlier run in force beside those of this one, until it knows what they knew
    /// (<see cref="Settle"/>): they are asked first.
    /// </summary>
    /// <param name="links">What they hang on.</param>
    public void Inherit(IReadOnlyList<Descriptor> links)
    {
        lock (_lock)
            _previous = links;
    }

    /// <summary>
    /// It is known who has announced a way, and this host's is known. With the leases that is all that an earlier run knew, whose
    /// programs are taken away.
    /// </summary>
    public void Settle()
    {
        lock (_lock)
        {
            _isSettled = true;
            EndPreviousIfDue();
        }
    }

    /// <summary>The earlier run, should it have gone on until now, carries no packets any more.</summary>
    public void TakeCharge()
    {
        lock (_lock)
        {
            _isInCharge = true;
            EndPreviousIfDue();
        }
    }

    /// <summary>
    /// Starts, or starts anew for another device or address. Without what it needs it stays off and <see cref="State"/> says why.
    /// </summary>
    /// <param name="settings">What for.</param>
    /// <param name="reason">Why it shall be off; null when it may be on.</param>
    public void Start(KernelTunnelSettings settings, string? reason)
    {
        lock (_lock)
        {
            if ((reason ?? _offForGood) is { } why)
            {
                Stop(why);
                Local = settings.Local;
                return;
            }

            // A run's own programs end before their successors begin; an earlier run's go on beside them.
            TakeOff(_tunnel?.Links ?? []);
            End("not started");

            try
            {
                _tunnel = new KernelTunnel(settings);
            }
            catch (SysException e)
            {
                // Without rights the verifier complains of something else, so the rights come first.
                string cause = string.Join(" and ", HostRights.MissingForPrograms) is { Length: > 0 } missing
                    ? $"this process does not have {missing}"
                    : e.Message;
                Stop(cause);
                logger.KernelTunnelMissing(cause);
                return;
            }

            // At another address nobody expects our packets yet.
            _isSending &= settings.Local == Local;
            (State, Local) = ("on", settings.Local);
            Kept?.Keep(KeptDescriptors.Bpf, _tunnel.Links);
            Apply();
        }
    }

    /// <summary>From now on every packet goes through the router, for as long as the daemon runs.</summary>
    /// <param name="reason">Why.</param>
    public void TurnOff(string reason)
    {
        lock (_lock)
        {
            if (_offForGood is not null)
                return;

            _offForGood = reason;
            if (!IsOn)
                return;

            Stop(reason);
            logger.KernelTunnelMissing(reason);
        }
    }

    /// <summary>Where packets to peers' subnets go, by their leases.</summary>
    public void SetLeases(IReadOnlyCollection<Route> leased)
    {
        lock (_lock)
        {
            _leased = leased;
            _hasLeases = true;
            Apply();
            EndPreviousIfDue();
        }
    }

    /// <summary>Who has said to have a way through the kernel, and what for. From now on packets of theirs are taken.</summary>
    public void SetAnnounced(IReadOnlyDictionary<Ipv4Address, TunnelOffer> hosts)
    {
        lock (_lock)
        {
            _announced = hosts;
            Apply();
        }
    }

    /// <summary>From now on packets are sent as well: everybody has had the time to hear of this host.</summary>
    /// <param name="announced">The address at which they have heard of it.</param>
    public void BeginSending(Ipv4Address announced)
    {
        lock (_lock)
        {
            if (_isSending || announced != Local)
                return;

            _isSending = true;
            Apply();
        }
    }

    /// <summary>From now on every packet is sent through the router; those of peers are still taken.</summary>
    public void EndSending()
    {
        lock (_lock)
        {
            if (!_isSending)
                return;

            _isSending = false;
            Apply();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            EndPrevious();
            TakeRoutesAway();
            End("stopped");
        }
    }

    private static KernelTunnelCounters Add(KernelTunnelCounters a, KernelTunnelCounters b) =>
        new(a.PacketsOut + b.PacketsOut, a.BytesOut + b.BytesOut, a.PacketsIn + b.PacketsIn, a.BytesIn + b.BytesIn);

    private void Stop(string reason)
    {
        Kept?.Keep(KeptDescriptors.Bpf, []);
        TakeOff(_tunnel?.Links ?? []);
        End(reason);

        // There is nothing that this run has yet to learn for its own programs.
        _isSettled = true;
        EndPreviousIfDue();
    }

    private void EndPreviousIfDue()
    {
        if (!_isSettled || !_hasLeases || !_isInCharge)
            return;

        TakeOff(_previous);
        EndPrevious();
    }

    /// <summary>Whoever keeps the programs was told to forget them. Should that not have been heard, they are asked no more all the same.</summary>
    private static void TakeOff(IReadOnlyList<Descriptor> links)
    {
        foreach (Descriptor link in links)
            KernelTunnel.TakeOff(link);
    }

    /// <summary>An earlier run that goes on has its programs still.</summary>
    private void EndPrevious()
    {
        foreach (Descriptor link in _previous)
            link.Dispose();

        _previous = [];
    }

    /// <summary>Somebody may keep the programs; but peers forget this host, and take no more super-packets from it.</summary>
    private void TakeRoutesAway()
    {
        try
        {
            if (_tunnel is not null)
                _entries.RemoveRoutes(_tunnel);
        }
        catch (SysException)
        {
            // They end with the daemon, as they do where nobody keeps them.
            Kept?.Keep(KeptDescriptors.Bpf, []);
        }
    }

    private void End(string reason)
    {
        State = $"off: {reason}";
        if (_tunnel is null)
            return;

        _before = Add(_before, _tunnel.Counters);
        _tunnel.Dispose();
        _tunnel = null;
        _entries.Forget();
    }

    /// <summary>Brings the programs' maps to what shall be. What cannot be told to them ends them: the router needs no maps.</summary>
    private void Apply()
    {
        if (_tunnel is null)
            return;

        try
        {
            _entries.Apply(_tunnel, _leased, _announced, _isSending);
        }
        catch (SysException e)
        {
            TurnOff(e.Message);
        }
    }
}

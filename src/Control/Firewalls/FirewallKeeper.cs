using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// Keeps the firewall rules and the blackhole route in force: once before the host is ready, then every few seconds one read, and
/// a write only where something differs. What fails is tried again after a growing pause and delays nothing else.
/// </summary>
internal sealed class FirewallKeeper
{
    private static readonly TimeSpan RepairLinePause = TimeSpan.FromSeconds(30);

    private readonly FirewallOptions _options;
    private readonly IReadOnlyList<FirewallFamily> _families;
    private readonly IFirewall _firewall;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _turn = new();
    private readonly Troubles _troubles;
    private readonly SaidOnce<string> _warned = new();
    private readonly HashSet<string> _inForce = new(StringComparer.Ordinal);
    private volatile FirewallStatus _status;
    private long _repairs;
    private long _saidRepairs;
    private long? _saidAt;

    /// <summary>Makes one that has done nothing yet.</summary>
    /// <param name="options">Which rules.</param>
    /// <param name="config">The network, and which of the two ways.</param>
    /// <param name="own">This host's subnet.</param>
    /// <param name="previous">What the rules of the last life were about.</param>
    /// <param name="tools">The host's commands.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told what happens.</param>
    public FirewallKeeper(
        FirewallOptions options,
        NetworkConfig config,
        Subnet own,
        PreviousSubnet previous,
        IFirewallTools tools,
        TimeProvider time,
        ILogger logger)
    {
        _options = options;
        _families = FirewallFamily.Of(config, own, previous);
        _firewall = config.EnableNFTables ? new NftablesFirewall(tools, options) : new IptablesFirewall(tools, options);
        _time = time;
        _logger = logger;
        _troubles = new Troubles(time);
        _status = new FirewallStatus(_firewall.Mode, _repairs, _troubles.Now);
    }

    /// <summary>How it stood at the end of the last pass; a command that waits for a lock takes longer than who asks wants to wait.</summary>
    public FirewallStatus Status => _status;

    /// <summary>Brings all of it in force for the first time.</summary>
    /// <exception cref="FatalException">
    /// Masquerading was asked for and cannot be had: without it containers would reach nobody outside. Rules that only accept may
    /// not be needed at all; without them the host goes on, and says so.
    /// </exception>
    public void Start()
    {
        try
        {
            _firewall.LeaveOtherMode(_families);
        }
        catch (FirewallException e)
        {
            _logger.OtherModeNotLeft(_firewall.Mode, e.Message);
        }

        Pass();
        IReadOnlyDictionary<string, string> troubles = Status.Troubles;
        if (_options.Masquerade && _families.Select(SubjectOf).FirstOrDefault(troubles.ContainsKey) is { } subject)
            throw new FatalException($"--ip-masq: {troubles[subject]}");

        if (_options.HasRules && troubles.Count == 0)
            _logger.FirewallUp(_firewall.Mode, OnOff(_options.Masquerade), OnOff(_options.Forward));

        static string OnOff(bool isOn) => isOn ? "on" : "off";
    }

    /// <summary>Keeps all of it in force until told to stop.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(_options.Resync, _time);
        while (await timer.WaitForNextTickAsync(cancellation))
            await Task.Run(Pass, cancellation);
    }

    /// <summary>Compares all of it with what is in force, and puts right what differs.</summary>
    internal void Pass()
    {
        lock (_turn)
        {
            Dictionary<string, string> failures = [];
            HashSet<string> waiting = [];
            foreach (FirewallFamily family in _families)
            {
                Try(SubjectOf(family), () => Keep(family));
                if (_options.Blackhole)
                    Try($"the blackhole route to {family.Own}", () => _ = BlackholeRoute.Ensure(family.Own));
            }

            (IReadOnlyDictionary<string, string> news, IReadOnlyList<string> over) = _troubles.Settle(failures, waiting);
            foreach ((string subject, string cause) in news)
                _logger.NotInForce(subject, cause);

            foreach (string subject in over)
                _logger.TroubleOver(subject);

            _status = new FirewallStatus(_firewall.Mode, _repairs, _troubles.Now);

            void Try(string subject, Action act)
            {
                if (_troubles.IsWaiting(subject))
                {
                    _ = waiting.Add(subject);
                    return;
                }

                try
                {
                    act();
                }
                catch (Exception e) when (e is FirewallException or SysException)
                {
                    failures[subject] = e.Message;
                }
            }
        }
    }

    private void Keep(FirewallFamily family)
    {
        bool isWritten = _firewall.Apply(family);
        if (!_inForce.Add(SubjectOf(family)) && isWritten)
            CountRepair(family);

        if (_firewall.StopOf(family) is { } stop && _warned.IsNew(stop))
            _logger.ForwardStopped(family.Network, stop);

        foreach (string link in ContainerLinks.In(family.Own))
        {
            if (_options.HasRules && BridgeFilter.IsMissing(link) && _warned.IsNew(link))
                _logger.BridgeNotFiltered(link);

            // Before there are containers it may well be off: docker switches it on when it starts.
            if (Forwarding.Stop(link, family.IsIpv6) is { } setting && _warned.IsNew(setting))
                _logger.NotForwarding(link, setting, Forwarding.Remedy(family.IsIpv6));
        }
    }

    private void CountRepair(FirewallFamily family)
    {
        _repairs++;
        if (_saidAt is { } at && _time.GetElapsedTime(at) < RepairLinePause)
            return;

        _logger.RulesPutBack(SubjectOf(family), _repairs - _saidRepairs);
        _saidRepairs = _repairs;
        _saidAt = _time.GetTimestamp();
    }

    private string SubjectOf(FirewallFamily family) =>
        _firewall is NftablesFirewall ? $"nftables table {family.NftFamily} {family.NftTable}" : $"{family.Iptables} rules";
}

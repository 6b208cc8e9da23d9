using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// A host's life in the overlay, from the network config to the day it is told to stop. What can fail for reasons of this host is
/// claimed before the lease, so that a failed start leaves nothing in etcd.
/// </summary>
public sealed class NodeLifecycle
{
    private readonly NodeOptions _options;
    private readonly NodeStatus _status;
    private readonly IPredecessor _predecessor;
    private readonly KeptDescriptors _kept;
    private readonly Succession _succession;
    private readonly Pulse _pulse;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Patience _patience;

    /// <summary>Makes a life that has not begun.</summary>
    public NodeLifecycle(
        NodeOptions options,
        NodeStatus status,
        IPredecessor predecessor,
        KeptDescriptors kept,
        Succession succession,
        Pulse pulse,
        TimeProvider time,
        ILogger<NodeLifecycle> logger)
    {
        _options = options;
        _status = status;
        _predecessor = predecessor;
        _kept = kept;
        _succession = succession;
        _pulse = pulse;
        _time = time;
        _logger = logger;
        _patience = new Patience(time, logger) { Pulse = pulse };
    }

    /// <summary>Lives until told to stop, or until another daemon has taken over.</summary>
    /// <param name="ready">Called once, when packets flow and subnet.env is written.</param>
    /// <param name="cancellation">The order to stop.</param>
    /// <exception cref="FatalException">The host cannot be, or stay, part of the overlay.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public async Task RunAsync(Action ready, CancellationToken cancellation)
    {
        using var store = new EtcdStore(_options.Etcd, _time, _logger);
        _status.ShowEtcd(() => store.Status);
        var registry = new LeaseRegistry(store);

        NetworkConfig config = await ReadConfigAsync(registry, cancellation);
        RefuseIPv6Only(config);
        ExternalInterface external = SelectInterface(config);
        using IBackend backend = BackendFactory.Make(config, external, _kept, _time, _logger);
        if (backend.ChangesKernel)
            new HostRights(ProcessRights.Read()).RequireNetAdmin(config.BackendType);

        using InheritedDescriptors inherited = _predecessor.Take();
        backend.Claim(inherited);

        await using var mark = new OwnerMark(store, external.PublicAddress, HostProcess.Current, _time, _logger)
        {
            Predecessor = _predecessor.Identity,
            Pulse = _pulse,
        };
        await _patience.UntilDoneAsync("claim the public IP", mark.ClaimAsync, cancellation);
        PreviousSubnet previous = ReadSubnetFile();
        Lease lease = await AcquireAsync(registry, config, external, previous, backend, cancellation);
        var firewall = new FirewallKeeper(_options.Firewall, config, lease.Subnet, previous, new FirewallTools(), _time, _logger);
        _status.ShowFirewall(() => firewall.Status);

        // Beside the rest: commands take their time, and packets need not wait for them. Who waits for this host does.
        var firewallStart = Task.Run(firewall.Start, cancellation);
        backend.Start(lease.Subnet);
        _status.Report(() => backend.Status);

        bool isAnnounced = false;
        try
        {
            await StayAsync(store, registry, config, external, mark, backend, firewall, lease, ApplyPeers, cancellation);
        }
        finally
        {
            _status.Report(null);
        }

        void ApplyPeers(IReadOnlyCollection<Lease> peers)
        {
            backend.SetPeers(peers);
            if (isAnnounced)
                return;

            // Packets wait for nothing but the first peers. A daemon that carries them meanwhile stays until this one is sure to.
            isAnnounced = true;
            bool isCarried = _predecessor.Identity is not null;
            if (!isCarried)
                TakeOver(backend, inherited);

            // Who waits for this host wants to reach peers, and to be reached.
            firewallStart.GetAwaiter().GetResult();
            if (isCarried)
                TakeOver(backend, inherited);

            WriteSubnetFile(config, lease.Subnet, backend.Mtu);
            _logger.Ready(_options.SubnetFile);
            ready();
        }
    }

    /// <summary>
    /// Between one daemon's last packet and the next one's first they wait in the kernel. What the backend had no use for, as of another
    /// one's device, is gone then.
    /// </summary>
    private void TakeOver(IBackend backend, InheritedDescriptors inherited)
    {
        _predecessor.Release();
        backend.Carry();
        _predecessor.Leave();
        _kept.ForgetOthers();
        inherited.Dispose();
    }

    private async Task<NetworkConfig> ReadConfigAsync(LeaseRegistry registry, CancellationToken cancellation)
    {
        NetworkConfig config = await _patience.UntilDoneAsync(
            "read the network config",
            async token =>
            {
                string key = EtcdKeys.Config(_options.Etcd.Prefix);
                string text = await registry.ReadConfigAsync(token) ?? throw new NotYetException(
                    $"flannel config not found in etcd store. Did you create your config using etcdv3 API? (no key {key}; look at --etcd-prefix, or write one: fastflannel config set '{{\"Network\":\"10.5.0.0/16\"}}')");
                ReadResult<NetworkConfig> result = NetworkConfigReader.Read(text);
                return result.Value ?? throw new NotYetException(
                    $"Couldn't fetch network config: {ConfigStore.DescribeProblems(key, ConfigCheck.Of(text).Problems)}");
            },
            cancellation);
        _logger.ConfigRead(config.Network, config.SubnetLen, config.BackendType);
        return config;
    }

    private void RefuseIPv6Only(NetworkConfig config)
    {
        if (!config.EnableIPv4)
            throw new FatalException($"{EtcdKeys.Config(_options.Etcd.Prefix)}: {NetworkConfig.IPv6OnlyProblem}");
    }

    private ExternalInterface SelectInterface(NetworkConfig config)
    {
        // The udp backend carries IPv6 over IPv4 and asks no IPv6 of the host's own network.
        bool isDualStack = config.EnableIPv4 && config.EnableIPv6 && config.BackendType != "udp";
        using var netlink = RouteNetlink.Open();
        ExternalInterface external = InterfaceSelector.Select(
            InterfaceSnapshot.Read(netlink).Outside(config), _options.Interface, isDualStack);
        _logger.InterfaceChosen(external);
        return external;
    }

    private PreviousSubnet ReadSubnetFile()
    {
        PreviousSubnet previous = SubnetFile.Read(_options.SubnetFile);
        foreach (string warning in previous.Warnings)
            _logger.SubnetFileWarning(_options.SubnetFile, warning);

        return previous;
    }

    private async Task<Lease> AcquireAsync(
        LeaseRegistry registry,
        NetworkConfig config,
        ExternalInterface external,
        PreviousSubnet previous,
        IBackend backend,
        CancellationToken cancellation)
    {
        var acquirer = new LeaseAcquirer(registry, Random.Shared, _logger) { Describe = backend.Describe };
        var attributes = new LeaseAttributes { PublicIP = external.PublicAddress, PublicIPv6 = external.PublicIPv6 };
        return await _patience.UntilDoneAsync(
            "acquire a lease", token => acquirer.AcquireAsync(config, attributes, previous.Lease, token), cancellation);
    }

    /// <summary>Stands by for a daemon that is to take over.</summary>
    /// <returns>Whether it has; if not, all goes on.</returns>
    private async Task<bool> HandOverAsync(IBackend backend, CancellationToken cancellation)
    {
        _logger.StandingBy();
        bool isPaused = false;
        if (await _succession.StandByAsync(Pause, cancellation))
        {
            _logger.HandedOver();
            return true;
        }

        if (isPaused)
            backend.Carry();

        _logger.NotHandedOver();
        return false;

        void Pause()
        {
            backend.Pause();
            isPaused = true;
        }
    }

    private void WriteSubnetFile(NetworkConfig config, Subnet subnet, int mtu)
    {
        var content = new SubnetEnvironment
        {
            Network = config.Network,
            Subnet = subnet.Ipv4,
            IPv6Network = config.EnableIPv6 ? config.IPv6Network : null,
            IPv6Subnet = subnet.Ipv6,
            Mtu = mtu,
            IpMasq = _options.Firewall.Masquerade,
        };
        try
        {
            SubnetFile.Write(_options.SubnetFile, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FatalException($"cannot write --subnet-file {_options.SubnetFile}: {e.Message}", e);
        }
    }

    private async Task StayAsync(
        EtcdStore store,
        LeaseRegistry registry,
        NetworkConfig config,
        ExternalInterface start,
        OwnerMark mark,
        IBackend backend,
        FirewallKeeper firewall,
        Lease lease,
        Action<IReadOnlyCollection<Lease>> applyPeers,
        CancellationToken cancellation)
    {
        using var own = new OwnLease(registry, lease, _time, _logger);
        _status.ShowLease(() => own.Status);
        var watcher = new PeerWatcher(registry, _patience, _status, _time, _logger);
        var renewer = new LeaseRenewer(_status, _time, _logger);
        var announcer = new AddressAnnouncer(registry, own, mark, _patience, _status, _logger);
        var external = new ExternalWatch(start, _options.Interface, config, Move, _status, _time, _logger);
        do
        {
            await Companions.RunAsync(
                [
                    _succession.AskedAsync,
                    token => watcher.RunAsync(own, applyPeers, token),
                    token => renewer.RunAsync(own, _options.RenewMargin, token),
                    mark.KeepAsync,
                    token => backend.KeepAsync(_pulse, token),
                    firewall.RunAsync,
                    token => backend.ExchangeAsync(store, _succession, token),
                    external.RunAsync,
                    announcer.RunAsync,
                ],
                cancellation);
        }
        while (!await HandOverAsync(backend, cancellation));

        void Move(ExternalInterface next)
        {
            backend.MoveTo(next);
            announcer.Announce(next);
        }
    }
}

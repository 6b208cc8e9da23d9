using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>The host-gw backend: a route to each peer's subnet by the peer itself (flannel, pkg/backend/hostgw). The routes stay.</summary>
internal sealed class HostGatewayBackend : IBackend
{
    private const string Type = "host-gw";

    private readonly ExternalInterface _external;
    private readonly PeersOfType _filter;
    private readonly KernelReconciler _reconciler;
    private readonly ILogger _logger;
    private HostGatewayPlan _plan;

    public HostGatewayBackend(NetworkConfig config, ExternalInterface external, TimeProvider time, ILogger logger)
    {
        _external = external;
        _logger = logger;
        _filter = new PeersOfType(Type, isSilent: false, logger);
        _reconciler = new KernelReconciler(time, logger);
        _plan = new HostGatewayPlan(config, external.Name, Peers: null);
    }

    /// <inheritdoc/>
    public int Mtu => _external.Mtu;

    /// <inheritdoc/>
    public BackendStatus Status => new(Type, Device: null, Mtu, _plan.Peers?.Ours.Count ?? 0, _reconciler.Status);

    /// <inheritdoc/>
    public void Claim()
    {
        if (_external.PublicAddress != _external.Address || _external.PublicIPv6 != _external.IPv6)
        {
            throw new FatalException(
                $"the host-gw backend cannot work behind a NAT: peers would route to the public address, which {_external.Name} "
                + $"does not have ({_external}); leave out --public-ip and --public-ipv6, or use the vxlan backend");
        }
    }

    /// <inheritdoc/>
    public LeaseAttributes Describe(LeaseAttributes bare, LeaseAttributes? held) => bare with { BackendType = Type };

    /// <inheritdoc/>
    public void Start(Subnet own) => _logger.HostGatewayUp(_external.Name, own);

    /// <inheritdoc/>
    public void SetPeers(IReadOnlyCollection<Lease> peers)
    {
        _plan = _plan with { Peers = _filter.Of(peers) };
        _reconciler.Apply(_plan);
    }

    /// <inheritdoc/>
    public Task KeepAsync(CancellationToken cancellation) => _reconciler.RunAsync(cancellation);

    /// <inheritdoc/>
    public void Dispose() => _reconciler.Dispose();
}

using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>The host-gw backend: routes to the peers' subnets by the peers themselves (flannel, pkg/backend/hostgw).</summary>
internal sealed class HostGatewayBackend : IBackend
{
    private const string Type = "host-gw";

    private readonly ExternalInterface _external;
    private readonly PeersOfType _filter;
    private readonly KernelReconciler _reconciler;
    private readonly ILogger _logger;
    private readonly Lock _planning = new();
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
    public void Claim(InheritedDescriptors inherited)
    {
        if (WhyNot(_external) is { } reason)
            throw new FatalException($"{reason}; leave out --public-ip and --public-ipv6, or use the vxlan backend");
    }

    /// <inheritdoc/>
    public LeaseAttributes Describe(LeaseAttributes bare, LeaseAttributes? held) => bare with { BackendType = Type };

    /// <inheritdoc/>
    public void Start(Subnet own) => _logger.HostGatewayUp(_external.Name, own);

    /// <inheritdoc/>
    public void SetPeers(IReadOnlyCollection<Lease> peers) => Apply(plan => plan with { Peers = _filter.Of(peers) });

    /// <inheritdoc/>
    public void MoveTo(ExternalInterface external)
    {
        if (WhyNot(external) is { } reason)
            throw new SysException($"move to {external.Address}", Errno.EADDRNOTAVAIL, reason);

        Apply(plan => plan with { Interface = external.Name });
    }

    /// <inheritdoc/>
    public Task KeepAsync(Pulse pulse, CancellationToken cancellation) => _reconciler.RunAsync(pulse, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _reconciler.Dispose();

    private static string? WhyNot(ExternalInterface external) =>
        external.PublicAddress == external.Address && external.PublicIPv6 == external.IPv6
            ? null
            : $"the host-gw backend cannot work behind a NAT: peers would route to the public address, which {external.Name} "
                + $"does not have ({external})";

    private void Apply(Func<HostGatewayPlan, HostGatewayPlan> change)
    {
        lock (_planning)
            _reconciler.Apply(_plan = change(_plan));
    }
}

using System.Net;
using System.Security.Cryptography;
using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// The vxlan backend: the kernel's vxlan device for each family, and for each peer the entries that lead to it (flannel,
/// pkg/backend/vxlan). Everything stays when the daemon ends, so that a restart changes nothing.
/// </summary>
internal sealed class VxlanBackend : IBackend
{
    private const string Type = "vxlan";

    private readonly VxlanBackendConfig _settings;
    private readonly PeersOfType _filter;
    private readonly KernelReconciler _reconciler;
    private readonly ILogger _logger;
    private readonly Lock _planning = new();
    private VxlanPlan _plan;

    // Whether peers may know the devices by their addresses already. A new device takes over the one that etcd has.
    private bool _isIPv4Kept;
    private bool _isIPv6Kept;

    public VxlanBackend(
        VxlanBackendConfig settings, NetworkConfig config, ExternalInterface external, TimeProvider time, ILogger logger)
    {
        _settings = settings;
        _logger = logger;
        _filter = new PeersOfType(Type, isSilent: false, logger);
        _reconciler = new KernelReconciler(time, logger);
        _plan = new VxlanPlan
        {
            Config = config,
            Interface = external.Name,
            DirectRouting = settings.DirectRouting,
            IPv4Device = Device($"flannel.{settings.Vni}", external.Address, VxlanOverhead.IPv4),
            IPv6Device = external.IPv6 is { } ipv6 ? Device($"flannel-v6.{settings.Vni}", ipv6, VxlanOverhead.IPv6) : null,
        };

        VxlanDevice Device(string name, IPAddress local, int overhead) => new(
            name,
            settings.Vni,
            Mac: default,
            Mtu: (settings.Mtu > 0 ? settings.Mtu : external.Mtu) - overhead,
            Parent: external.Name,
            local,
            settings.Port > 0 ? (ushort)settings.Port : VxlanPort.OfKernel(),
            settings.IsLearning,
            settings.HasGroupPolicy);
    }

    /// <inheritdoc/>
    public int Mtu { get; private set; }

    /// <inheritdoc/>
    public BackendStatus Status => new(Type, _plan.IPv4Device.Name, Mtu, _plan.Peers?.Ours.Count ?? 0, _reconciler.Status);

    /// <inheritdoc/>
    public void Claim(InheritedDescriptors inherited)
    {
        using var netlink = RouteNetlink.Open();
        (VxlanDevice ipv4, _isIPv4Kept) = WithAddress(netlink, _plan.IPv4Device);
        _plan = _plan with { IPv4Device = ipv4 };
        if (_plan.IPv6Device is { } device)
        {
            (device, _isIPv6Kept) = WithAddress(netlink, device);
            _plan = _plan with { IPv6Device = device };
        }

        ApplyOrFail();

        // What the kernel made of it: it takes no MTU that does not fit the interface's.
        Mtu = _plan.Devices.Min(made => netlink.FindLink(made.Name)?.Mtu ?? 0);
    }

    /// <inheritdoc/>
    public LeaseAttributes Describe(LeaseAttributes bare, LeaseAttributes? held)
    {
        if (!_isIPv4Kept && VxlanLeaseData.ReadMac(held?.BackendData) is { } mac)
            _plan = _plan with { IPv4Device = _plan.IPv4Device with { Mac = mac } };

        if (!_isIPv6Kept && _plan.IPv6Device is { } device && VxlanLeaseData.ReadMac(held?.BackendV6Data) is { } ipv6Mac)
            _plan = _plan with { IPv6Device = device with { Mac = ipv6Mac } };

        return bare with
        {
            BackendType = Type,
            BackendData = VxlanLeaseData.Write(_settings.Vni, _plan.IPv4Device.Mac),
            BackendV6Data = _plan.IPv6Device is { } ipv6 ? VxlanLeaseData.Write(_settings.Vni, ipv6.Mac) : null,
        };
    }

    /// <inheritdoc/>
    public void Start(Subnet own)
    {
        _plan = _plan with { Own = own };
        ApplyOrFail();
        foreach (VxlanDevice device in _plan.Devices.OfType<VxlanDevice>())
            _logger.VxlanUp(device.Name, device.Vni, device.Mac, device.Local, device.Port);
    }

    /// <inheritdoc/>
    public void SetPeers(IReadOnlyCollection<Lease> peers) => Apply(plan => plan with { Peers = _filter.Of(peers) });

    /// <inheritdoc/>
    public void MoveTo(ExternalInterface external) => Apply(plan => plan with
    {
        Interface = external.Name,
        IPv4Device = plan.IPv4Device with { Parent = external.Name, Local = external.Address },
        IPv6Device = plan.IPv6Device is { } device && external.IPv6 is { } ipv6
            ? device with { Parent = external.Name, Local = ipv6 }
            : plan.IPv6Device,
    });

    /// <inheritdoc/>
    public Task KeepAsync(Pulse pulse, CancellationToken cancellation) => _reconciler.RunAsync(pulse, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _reconciler.Dispose();

    /// <summary>
    /// A device that is there keeps its Ethernet address, also where it has to be made anew: peers send to it. Else it gets a
    /// random one for now.
    /// </summary>
    private static (VxlanDevice Device, bool IsKept) WithAddress(RouteNetlink netlink, VxlanDevice device)
    {
        if (netlink.FindLink(device.Name) is { Vxlan: not null, Mac: { IsGroup: false, Value: not 0 } mac })
            return (device with { Mac = mac }, true);

        Span<byte> random = stackalloc byte[MacAddress.Size];
        RandomNumberGenerator.Fill(random);
        return (device with { Mac = MacAddress.From(random).AsLocalUnicast }, false);
    }

    /// <summary>At the start there are no peers yet: what fails are devices and addresses, without which nothing works.</summary>
    private void ApplyOrFail()
    {
        _reconciler.Apply(_plan);
        if (_reconciler.Status.Troubles is { Count: > 0 } troubles)
        {
            throw new FatalException(
                $"the vxlan backend cannot be set up: {string.Join("; ", troubles.Values)}; it needs CAP_NET_ADMIN, the vxlan "
                + "module, and a VNI and port that no other device has (see ip -d link show type vxlan)");
        }
    }

    private void Apply(Func<VxlanPlan, VxlanPlan> change)
    {
        lock (_planning)
            _reconciler.Apply(_plan = change(_plan));
    }
}

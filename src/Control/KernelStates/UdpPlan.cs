using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>The udp backend's plan (flannel, pkg/backend/udp): the device's addresses, and the networks routed to it.</summary>
/// <param name="Interface">The interface.</param>
/// <param name="Device">The device.</param>
/// <param name="Address">Its address.</param>
/// <param name="Network">The network; null to leave the route to whoever has made one.</param>
internal sealed record UdpPlan(string Interface, TunDevice Device, Ipv4Address Address, Ipv4Prefix? Network) : IKernelPlan
{
    /// <summary>The device's IPv6 address in a dual-stack network, or null.</summary>
    public Ipv6Address? Ipv6Address { get; init; }

    /// <summary>The IPv6 network; null where there is none, or to leave the route to whoever has made one.</summary>
    public Ipv6Prefix? Ipv6Network { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<KernelDevice> Devices => [Device];

    /// <inheritdoc/>
    public DesiredKernelState Desire(CurrentKernelState current)
    {
        if (current.Links.FirstOrDefault(Device.Is) is not { } link)
            return new DesiredKernelState();

        List<DesiredEntry> entries = [new(new AddressInfo(link.Index, Address, 32))];
        if (Network is { } network)
            entries.Add(new DesiredEntry(new IpRoute(network, link.Index)));

        if (Ipv6Address is { } ipv6)
            entries.Add(new DesiredEntry(new AddressInfo(link.Index, ipv6, 128, Flags: AddressFlags.NoDuplicateDetection)));

        if (Ipv6Network is { } ipv6Network)
            entries.Add(new DesiredEntry(new IpRoute(ipv6Network, link.Index)));

        return new DesiredKernelState { Entries = entries };
    }
}

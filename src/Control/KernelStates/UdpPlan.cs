using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>The udp backend's plan (flannel, pkg/backend/udp): the device's address, and the network's route to it.</summary>
/// <param name="Interface">The interface.</param>
/// <param name="Device">The device.</param>
/// <param name="Address">Its address.</param>
/// <param name="Network">The network; null to leave the route to whoever has made one.</param>
internal sealed record UdpPlan(string Interface, TunDevice Device, Ipv4Address Address, Ipv4Prefix? Network) : IKernelPlan
{
    /// <inheritdoc/>
    public IReadOnlyList<KernelDevice> Devices => [Device];

    /// <inheritdoc/>
    public DesiredKernelState Desire(CurrentKernelState current)
    {
        if (current.Find(Device.Name) is not { } link)
            return new DesiredKernelState();

        List<DesiredEntry> entries = [new(new AddressInfo(link.Index, Address, 32))];
        if (Network is { } network)
            entries.Add(new DesiredEntry(new IpRoute(network, link.Index)));

        return new DesiredKernelState { Entries = entries };
    }
}

using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>What a daemon leaves in the kernel when it ends, so that a restart goes unnoticed.</summary>
/// <param name="Devices">vxlan devices, with all that is on them.</param>
/// <param name="Routes">
/// Routes to peers' subnets over the host's own interfaces, of host-gw and DirectRouting, and the blackhole route to the own subnet.
/// </param>
public sealed record KernelLeftovers(IReadOnlyList<LinkInfo> Devices, IReadOnlyList<IpRoute> Routes)
{
    /// <summary>Whether there is nothing.</summary>
    public bool IsEmpty => Devices.Count + Routes.Count == 0;

    /// <summary>Finds it.</summary>
    /// <param name="host">What the host has.</param>
    /// <param name="file">
    /// What subnet.env says. With networks, only what is in them is found; without, all devices of flannel's names and no routes,
    /// since nothing tells them from an administrator's.
    /// </param>
    public static KernelLeftovers Find(InterfaceSnapshot host, PreviousSubnet file)
    {
        (IPNetwork Network, IPNetwork Own)[] networks = [.. NetworksOf(file)];
        LinkInfo[] devices = [.. host.Links.Where(link => IsFlannelDevice(link) && !IsOfOtherNetwork(link))];
        HashSet<int> indexes = [.. devices.Select(device => device.Index)];
        return new KernelLeftovers(devices, [.. host.Routes.Where(route => IsToPeer(route) || IsToNobody(route)).Select(route => route.ToRoute()!)]);

        // Another daemon on the host has another network, and its devices have addresses out of that.
        bool IsOfOtherNetwork(LinkInfo link) => networks.Length > 0 && host.AddressesOf(link).Any(
            address => !address.Address.IsIPv6LinkLocal && !networks.Any(pair => pair.Network.Contains(address.Address)));

        bool IsToPeer(RouteInfo route) =>
            route is { Type: RouteType.Unicast, Protocol: RouteProtocol.Boot, Gateway: not null, NextHops.Count: 1 }
            && route.Metric == EntryOwnership.DefaultMetricOf(route.Destination.BaseAddress.AddressFamily)
            && !indexes.Contains(route.LinkIndex)
            && networks.Any(pair => IsSubnetOf(pair.Network, pair.Own, route.Destination));

        bool IsToNobody(RouteInfo route) =>
            BlackholeRoute.IsOurs(route) && networks.Any(pair => pair.Own.Equals(route.Destination));
    }

    /// <summary>Removes it.</summary>
    /// <param name="netlink">Where.</param>
    /// <param name="removed">Told after each thing that is gone.</param>
    /// <exception cref="SysException">The kernel refused; what came before is gone.</exception>
    public void Remove(RouteNetlink netlink, Action<string> removed)
    {
        foreach (LinkInfo device in Devices)
        {
            _ = netlink.DeleteLink(device.Index);
            removed(Describe(device));
        }

        foreach (IpRoute route in Routes)
        {
            _ = netlink.DeleteRoute(route);
            removed(Describe(route));
        }
    }

    /// <summary>Each thing on a line.</summary>
    public IEnumerable<string> Describe() => [.. Devices.Select(Describe), .. Routes.Select(Describe)];

    private static string Describe(LinkInfo device) =>
        $"device {device.Name} with its addresses, routes, neighbours and fdb entries";

    private static string Describe(IpRoute route) =>
        route.Gateway is null ? $"blackhole route {route.Destination}" : $"route {route.Destination} via {route.Gateway}";

    private static bool IsFlannelDevice(LinkInfo link) =>
        link.Vxlan is { } vxlan && (link.Name == $"flannel.{vxlan.Vni}" || link.Name == $"flannel-v6.{vxlan.Vni}");

    private static bool IsSubnetOf(IPNetwork network, IPNetwork own, IPNetwork subnet) =>
        network.Contains(subnet.BaseAddress) && subnet.PrefixLength == own.PrefixLength && !subnet.Equals(own);

    private static IEnumerable<(IPNetwork Network, IPNetwork Own)> NetworksOf(PreviousSubnet file)
    {
        if (file is { Network: { } network, Subnet: { } subnet })
            yield return (network, subnet);

        if (file is { IPv6Network: { } ipv6Network, IPv6Subnet: { } ipv6Subnet })
            yield return (ipv6Network, ipv6Subnet);
    }
}

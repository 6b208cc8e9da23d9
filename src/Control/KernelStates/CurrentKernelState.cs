using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>What the kernel has at one moment, each list in the kernel's order.</summary>
/// <param name="Links">All links.</param>
/// <param name="Addresses">Of the backend's devices.</param>
/// <param name="Routes">Of the main table, both families.</param>
/// <param name="Neighbours">Of the backend's devices.</param>
/// <param name="FdbEntries">Of the backend's vxlan devices.</param>
internal sealed record CurrentKernelState(
    IReadOnlyList<LinkInfo> Links,
    IReadOnlyList<AddressInfo> Addresses,
    IReadOnlyList<RouteInfo> Routes,
    IReadOnlyList<Neighbour> Neighbours,
    IReadOnlyList<FdbEntry> FdbEntries)
{
    private static readonly AddressFamily[] Families = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    /// <summary>Asks the kernel.</summary>
    /// <param name="netlink">Where.</param>
    /// <param name="links">The links, listed just before.</param>
    /// <param name="devices">The backend's devices among them.</param>
    /// <exception cref="SysException">The kernel refused.</exception>
    public static CurrentKernelState Read(
        RouteNetlink netlink, IReadOnlyList<LinkInfo> links, IReadOnlyList<LinkInfo> devices) => new(
        links,
        [.. OfEach(devices, netlink.ListAddresses)],
        [.. Families.SelectMany(family => netlink.ListRoutes(family))],
        [.. OfEach(devices.Where(device => device.Vxlan is not null), netlink.ListNeighbours)],
        [.. devices.Where(device => device.Vxlan is not null).SelectMany(device => netlink.ListFdbEntries(device.Index))]);

    /// <summary>The link of a name, or null.</summary>
    public LinkInfo? Find(string name) => Links.FirstOrDefault(link => link.Name == name);

    private static IEnumerable<T> OfEach<T>(IEnumerable<LinkInfo> devices, Func<AddressFamily, int, IReadOnlyList<T>> list) =>
        devices.SelectMany(device => Families.SelectMany(family => list(family, device.Index)));
}

using System.Net;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>What this host has at one moment, each list in the kernel's order.</summary>
/// <param name="Links">All links.</param>
/// <param name="Addresses">The IPv4 addresses of all links, then the IPv6 ones.</param>
/// <param name="Routes">The IPv4 routes of the main table, then the IPv6 ones.</param>
/// <param name="RouteTo">Asks for the route to an address; throws <see cref="SysException"/> when there is none.</param>
public sealed record InterfaceSnapshot(
    IReadOnlyList<LinkInfo> Links,
    IReadOnlyList<AddressInfo> Addresses,
    IReadOnlyList<RouteInfo> Routes,
    Func<IPAddress, RouteInfo> RouteTo)
{
    /// <summary>Asks the kernel.</summary>
    /// <param name="netlink">Open for as long as <see cref="RouteTo"/> is asked.</param>
    /// <exception cref="SysException">The kernel refused.</exception>
    public static InterfaceSnapshot Read(RouteNetlink netlink) => new(
        netlink.ListLinks(),
        [.. netlink.ListAddresses(AddressFamily.InterNetwork), .. netlink.ListAddresses(AddressFamily.InterNetworkV6)],
        [.. netlink.ListRoutes(AddressFamily.InterNetwork), .. netlink.ListRoutes(AddressFamily.InterNetworkV6)],
        netlink.RouteGet);

    /// <summary>
    /// The host without the overlay's own addresses, such as those of its device and of containers' bridges: they lead to no peer.
    /// </summary>
    public InterfaceSnapshot Outside(NetworkConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return this with { Addresses = [.. Addresses.Where(info => !IsInside(info.Address))] };

        bool IsInside(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork
            ? config.EnableIPv4 && config.Network.Contains(Ipv4Address.From(address))
            : config.EnableIPv6 && config.IPv6Network.Contains(Ipv6Address.From(address));
    }

    /// <summary>Every interface with its addresses, as <c>lo [127.0.0.1/8 ::1/128], eth0 [10.0.0.5/24], eth1 []</c>.</summary>
    public string Describe() => string.Join(", ", Links.Select(link =>
    {
        IEnumerable<string> addresses = AddressesOf(link).Select(address => $"{address.Address}/{address.PrefixLength}");
        return $"{link.Name} [{string.Join(' ', addresses)}]";
    }));

    /// <summary>The addresses of one link.</summary>
    internal IEnumerable<AddressInfo> AddressesOf(LinkInfo link) => Addresses.Where(address => address.LinkIndex == link.Index);

    /// <summary>The usable addresses of one link and family, the preferred first.</summary>
    internal IEnumerable<IPAddress> PreferredOf(LinkInfo link, AddressFamily family) =>
        AddressPreference.Order(AddressesOf(link), family);

    /// <summary>The link that has an address, or null.</summary>
    internal LinkInfo? OwnerOf(IPAddress address) =>
        Addresses.FirstOrDefault(info => info.Address.Equals(address)) is { } owned ? Find(owned.LinkIndex) : null;

    /// <summary>The link of an index, or null.</summary>
    internal LinkInfo? Find(int index) => Links.FirstOrDefault(link => link.Index == index);
}

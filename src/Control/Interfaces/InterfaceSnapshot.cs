using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>What this host has at one moment, each list in the kernel's order.</summary>
/// <param name="Links">All links.</param>
/// <param name="Addresses">The IPv4 addresses of all links.</param>
/// <param name="Routes">The IPv4 routes of the main table.</param>
public sealed record InterfaceSnapshot(
    IReadOnlyList<LinkInfo> Links, IReadOnlyList<AddressInfo> Addresses, IReadOnlyList<RouteInfo> Routes)
{
    /// <summary>Asks the kernel.</summary>
    /// <exception cref="SysException">The kernel refused.</exception>
    public static InterfaceSnapshot Read(RouteNetlink netlink) => new(
        netlink.ListLinks(),
        netlink.ListAddresses(AddressFamily.InterNetwork),
        netlink.ListRoutes(AddressFamily.InterNetwork));

    /// <summary>Every interface with its addresses, for example <c>lo [127.0.0.1/8], eth0 [10.0.0.5/24], eth1 []</c>.</summary>
    public string Describe() => string.Join(", ", Links.Select(link =>
    {
        IEnumerable<string> addresses = AddressesOf(link).Select(address => $"{address.Address}/{address.PrefixLength}");
        return $"{link.Name} [{string.Join(' ', addresses)}]";
    }));

    /// <summary>The addresses of one link, in the kernel's order.</summary>
    internal IEnumerable<AddressInfo> AddressesOf(LinkInfo link) => Addresses.Where(address => address.LinkIndex == link.Index);
}

using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>The devices that this host's containers are behind.</summary>
internal static class ContainerLinks
{
    /// <summary>Those that have an address in a subnet, the overlay's own device aside, which has the subnet's first (as flannel).</summary>
    /// <param name="own">This host's subnet.</param>
    /// <returns>Their names.</returns>
    /// <exception cref="SysException">The kernel does not say.</exception>
    public static IReadOnlyList<string> In(IPNetwork own)
    {
        using var netlink = RouteNetlink.Open();
        HashSet<int> links =
        [
            .. netlink.ListAddresses(own.BaseAddress.AddressFamily)
                .Where(address => own.Contains(address.Address) && !address.Address.Equals(own.BaseAddress))
                .Select(address => address.LinkIndex),
        ];
        return links.Count == 0 ? [] : [.. netlink.ListLinks().Where(link => links.Contains(link.Index)).Select(link => link.Name)];
    }
}

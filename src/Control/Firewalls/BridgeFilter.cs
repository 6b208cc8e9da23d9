using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Whether what a bridge passes between containers of one host goes through iptables (br_netfilter).</summary>
internal static class BridgeFilter
{
    /// <summary>A bridge in the own subnet whose traffic iptables does not see.</summary>
    /// <returns>Its name; null when there is none.</returns>
    /// <exception cref="SysException">The kernel does not say.</exception>
    public static string? Missing(IPNetwork own)
    {
        if (Directory.Exists("/proc/sys/net/bridge"))
            return null;

        using var netlink = RouteNetlink.Open();
        HashSet<int> links =
        [
            .. netlink.ListAddresses(own.BaseAddress.AddressFamily).Where(address => own.Contains(address.Address)).Select(address => address.LinkIndex),
        ];
        return netlink.ListLinks()
            .Where(link => links.Contains(link.Index) && Directory.Exists($"/sys/class/net/{link.Name}/bridge"))
            .Select(link => link.Name)
            .FirstOrDefault();
    }
}

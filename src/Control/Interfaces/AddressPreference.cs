using System.Net;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Which of an interface's addresses is used when the operator names none.</summary>
internal static class AddressPreference
{
    private static readonly IPNetwork Multicast = IPNetwork.Parse("224.0.0.0/4");
    private static readonly IPNetwork LinkLocal = IPNetwork.Parse("169.254.0.0/16");

    /// <summary>
    /// The unicast addresses that are not deprecated: global before link-local, then permanent before dynamic, then lasting
    /// before temporary, else in the kernel's order.
    /// </summary>
    /// <param name="addresses">The addresses of one link.</param>
    /// <param name="family">InterNetwork or InterNetworkV6.</param>
    public static IEnumerable<IPAddress> Order(IEnumerable<AddressInfo> addresses, AddressFamily family) => addresses
        .Where(info => info.Address.AddressFamily == family && !info.IsDeprecated && !info.IsDuplicate && IsUsable(info.Address))
        .OrderBy(info => IsLinkLocal(info.Address))
        .ThenBy(info => !info.IsPermanent)
        .ThenBy(info => info.IsTemporary)
        .Select(info => info.Address);

    private static bool IsLinkLocal(IPAddress address) => address.IsIPv6LinkLocal || LinkLocal.Contains(address);

    private static bool IsUsable(IPAddress address) =>
        !IPAddress.IsLoopback(address)
        && !address.IsIPv6Multicast
        && !Multicast.Contains(address)
        && !address.Equals(IPAddress.Any)
        && !address.Equals(IPAddress.IPv6Any)
        && !address.Equals(IPAddress.Broadcast);
}

using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Where datagrams may be made and undone in the kernel (docs/adr/0012-kernel-tunnel.md).</summary>
internal static class KernelTunnelRules
{
    /// <summary>Why they may not on the way to peers, as it is now.</summary>
    /// <returns>The reason, or null when they may.</returns>
    /// <exception cref="SysException">The kernel does not say.</exception>
    public static string? WhyNot(ExternalInterface external)
    {
        if (external.Address != external.PublicAddress)
            return $"{external.Address} is reached as {external.PublicAddress}, through a NAT";

        using var netlink = RouteNetlink.Open();
        if (netlink.FindLink(external.Name) is not { IsEthernet: true })
            return $"{external.Name} is no Ethernet device";

        return IpsecPolicies.Exist() ? KernelPath.IpsecReason : null;
    }
}

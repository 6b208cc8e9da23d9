using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Where datagrams may be made and undone in the kernel (docs/adr/0012-kernel-tunnel.md).</summary>
internal static class KernelTunnelRules
{
    /// <summary>Why they may not on the way to peers, as it is now.</summary>
    /// <returns>The reason, or null when they may. Where the kernel does not say, they may not.</returns>
    public static string? WhyNot(ExternalInterface external)
    {
        if (external.Address != external.PublicAddress)
            return $"{external.Address} is reached as {external.PublicAddress}, through a NAT";

        try
        {
            using var netlink = RouteNetlink.Open();
            if (netlink.FindLink(external.Name) is not { IsEthernet: true })
                return $"{external.Name} is no Ethernet device";

            return IpsecPolicies.Exist() ? KernelPath.IpsecReason : null;
        }
        catch (SysException e)
        {
            return e.Message;
        }
    }

    /// <summary>Whether there are IPsec policies by now. Where the kernel does not say, there are none until it is asked again.</summary>
    public static bool HasIpsecCome()
    {
        try
        {
            return IpsecPolicies.Exist();
        }
        catch (SysException)
        {
            return false;
        }
    }

    /// <summary>
    /// The state of programs that are in force, as it is now: on a device that does not forward, <c>bpf_fib_lookup</c> knows no way, so that
    /// packets are only taken.
    /// </summary>
    public static string StateOn(ExternalInterface external) =>
        Forwarding.Stop(external.Name) is { } setting ? $"on, but sends nothing: {setting} is 0 ({Forwarding.Remedy(isIpv6: false)})" : "on";
}

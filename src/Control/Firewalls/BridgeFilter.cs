namespace FastFlannel.Control;

/// <summary>Whether what a bridge passes between containers of one host goes through iptables (br_netfilter).</summary>
internal static class BridgeFilter
{
    /// <summary>Whether it does not.</summary>
    /// <param name="link">A device, which may be no bridge.</param>
    public static bool IsMissing(string link) =>
        !Directory.Exists("/proc/sys/net/bridge") && Directory.Exists($"/sys/class/net/{link}/bridge");
}

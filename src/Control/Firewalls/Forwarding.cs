namespace FastFlannel.Control;

/// <summary>Whether the kernel forwards what comes in on a device (Documentation/networking/ip-sysctl.rst).</summary>
internal static class Forwarding
{
    /// <summary>The setting that keeps it from doing so.</summary>
    /// <param name="link">The device.</param>
    /// <param name="isIpv6">Of which family.</param>
    /// <returns>Its name as sysctl has it; null when it forwards, or does not say.</returns>
    public static string? Stop(string link, bool isIpv6 = false)
    {
        string family = isIpv6 ? "ipv6" : "ipv4";
        try
        {
            return File.ReadAllText($"/proc/sys/net/{family}/conf/{link}/forwarding").Trim() == "0" ? $"net.{family}.conf.{link}.forwarding" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The device has just gone, or the family is not there.
            return null;
        }
    }

    /// <summary>What switches it on for every device.</summary>
    public static string Remedy(bool isIpv6) =>
        isIpv6 ? "sysctl -w net.ipv6.conf.all.forwarding=1" : "sysctl -w net.ipv4.ip_forward=1";
}

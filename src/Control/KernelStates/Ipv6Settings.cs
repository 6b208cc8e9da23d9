namespace FastFlannel.Control;

/// <summary>The IPv6 settings of a device of ours (ip-sysctl).</summary>
internal static class Ipv6Settings
{
    /// <summary>
    /// No router on the overlay may give the host routes and addresses (as flannel), and nobody else has an address out of a
    /// leased subnet, so that there is no need to wait a second before using it. A kernel without IPv6 has no such settings.
    /// </summary>
    public static void Apply(string device)
    {
        Write(device, "accept_ra");
        Write(device, "accept_dad");
    }

    private static void Write(string device, string setting)
    {
        try
        {
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{device}/{setting}", "0");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As flannel does: the overlay works without.
        }
    }
}

using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>What the kernel has to know of a TUN device that a router stands behind.</summary>
internal static class TunSettings
{
    /// <summary>
    /// The router's ICMP errors come out of the device with the device's own address as their source, which the kernel drops as
    /// martian unless told otherwise (ip-sysctl, accept_local).
    /// </summary>
    public static void AcceptOwnErrors(string device, ILogger logger)
    {
        string path = $"/proc/sys/net/ipv4/conf/{device}/accept_local";
        try
        {
            File.WriteAllText(path, "1");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.IcmpErrorsLost(path, e.Message);
        }
    }
}

using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>The IPv6 settings of a device of ours (Documentation/networking/ip-sysctl.rst).</summary>
internal static class Ipv6Settings
{
    private static readonly (string Setting, string Value, string Consequence)[] Needed =
    [
        ("disable_ipv6", "0", "the device may take no IPv6 address"),
        ("accept_ra", "0", "a router's advertisement could change the device's addresses and routes"),
        ("addr_gen_mode", "1", "the device gets a link-local address that is of no use"),
    ];

    /// <summary>
    /// No router on the overlay may give the host routes and addresses (as flannel), and nobody else has an address out of a
    /// leased subnet, so that there is no need to wait a second before using it. A kernel without IPv6 has no such settings.
    /// </summary>
    public static void Apply(string device)
    {
        TryWrite(device, "accept_ra");
        TryWrite(device, "accept_dad");
    }

    /// <summary>
    /// Readies a device whose IPv6 the daemon alone arranges, before it is up: it takes addresses, and announces and answers
    /// nothing by itself.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="logger">Is told what could not be written.</param>
    /// <exception cref="SysException">The kernel has no IPv6.</exception>
    public static void Enable(string device, ILogger logger)
    {
        if (!Directory.Exists(DirectoryOf(device)))
        {
            throw new SysException(
                $"set IPv6 up on {device}",
                Errno.EAFNOSUPPORT,
                $"there is no {DirectoryOf(device)}; without IPv6 in the kernel set EnableIPv6 to false");
        }

        foreach ((string setting, string value, string consequence) in Needed)
        {
            string path = $"{DirectoryOf(device)}/{setting}";
            try
            {
                // In a container without privileges they are often right, and never to be written.
                if (File.ReadAllText(path).Trim() != value)
                    File.WriteAllText(path, value);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                logger.Ipv6SettingNotWritten(value, path, e.Message, consequence);
            }
        }
    }

    private static string DirectoryOf(string device) => $"/proc/sys/net/ipv6/conf/{device}";

    private static void TryWrite(string device, string setting)
    {
        try
        {
            File.WriteAllText($"{DirectoryOf(device)}/{setting}", "0");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As flannel does: the overlay works without.
        }
    }
}

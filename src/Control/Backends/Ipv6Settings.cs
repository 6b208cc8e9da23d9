using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// What the kernel is told of IPv6 on an overlay's device before it has an address (Documentation/networking/ip-sysctl.rst): the
/// daemon alone says which addresses and routes there are, and nothing on the device announces or answers anything by itself.
/// </summary>
internal static class Ipv6Settings
{
    private static readonly (string Setting, string Value, string Consequence)[] Wanted =
    [
        ("disable_ipv6", "0", "the device may take no IPv6 address"),
        ("accept_ra", "0", "a router's advertisement could change the device's addresses and routes"),
        ("addr_gen_mode", "1", "the device gets a link-local address that is of no use"),
    ];

    /// <summary>Writes those that are not as they should be.</summary>
    /// <param name="device">The device.</param>
    /// <param name="logger">Is told what could not be written.</param>
    /// <exception cref="SysException">The kernel has no IPv6.</exception>
    public static void Apply(string device, ILogger logger)
    {
        string directory = $"/proc/sys/net/ipv6/conf/{device}";
        if (!Directory.Exists(directory))
        {
            throw new SysException(
                $"set IPv6 up on {device}",
                Errno.EAFNOSUPPORT,
                $"there is no {directory}; without IPv6 in the kernel set EnableIPv6 to false");
        }

        foreach ((string setting, string value, string consequence) in Wanted)
        {
            string path = $"{directory}/{setting}";
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
}

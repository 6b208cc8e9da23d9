using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Native;

/// <summary>The class library's address families as the kernel counts them and as people call them.</summary>
internal static class AddressFamilies
{
    /// <summary>AF_INET or AF_INET6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is another family.</exception>
    public static byte NumberOf(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => RtnetlinkAbi.AF_INET,
        AddressFamily.InterNetworkV6 => RtnetlinkAbi.AF_INET6,
        _ => throw new ArgumentOutOfRangeException(nameof(family), family, "must be InterNetwork or InterNetworkV6"),
    };

    /// <summary>AF_INET or AF_INET6.</summary>
    public static byte NumberOf(IPAddress address) => NumberOf(address.AddressFamily);

    /// <summary><c>IPv4</c> or <c>IPv6</c>.</summary>
    public static string NameOf(AddressFamily family) => family == AddressFamily.InterNetwork ? "IPv4" : "IPv6";
}

using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using FastFlannel.Native;

namespace FastFlannel.Fuzz.Tests;

/// <summary>Addresses and prefixes as text: what is read is written the same way again, and the class library reads it alike.</summary>
internal static partial class AddressTargets
{
    public static FuzzTarget Addresses { get; } = new("addresses", Read)
    {
        Words = [".", "/", ":", "::", "0", "255", "256", "/24", "/32", "/33", "/128", "fd00", "ffff", "%", "[", "]", "-", "+", " "],
        Longest = 128,
    };

    private static string Read(Span<byte> input)
    {
        string text = TextInput.Of(input);
        string seen = "";
        bool isIpv4 = Ipv4Address.TryParse(text, out Ipv4Address ipv4);
        Hold.Same(DottedQuad().IsMatch(text), isIpv4);
        if (isIpv4)
        {
            Hold.Same(text, ipv4.ToString());
            Hold.Same(IPAddress.Parse(text), ipv4.ToIPAddress());
            seen += "4";
        }

        if (Ipv6Address.TryParse(text, out Ipv6Address ipv6))
        {
            Hold.Same(IPAddress.Parse(text), ipv6.ToIPAddress());
            Hold.Same(AddressFamily.InterNetworkV6, ipv6.ToIPAddress().AddressFamily);
            Hold.Same(ipv6, Ipv6Address.Parse(ipv6.ToString()));
            seen += "6";
        }

        if (Ipv4Prefix.TryParse(text, out Ipv4Prefix prefix))
        {
            Hold.Same(prefix, Ipv4Prefix.Parse(prefix.ToString()));
            Hold.Same(prefix.ToString(), prefix.ToIPNetwork().ToString());
            Hold.That(prefix.Contains(prefix.Last) && prefix.Contains(prefix.Network) && prefix.Overlaps(prefix));
            seen += "p4";
        }

        if (Ipv6Prefix.TryParse(text, out Ipv6Prefix ipv6Prefix))
        {
            Hold.Same(ipv6Prefix, Ipv6Prefix.Parse(ipv6Prefix.ToString()));
            Hold.That(ipv6Prefix.Contains(ipv6Prefix.Last) && ipv6Prefix.Contains(ipv6Prefix.Network));
            seen += "p6";
        }

        bool isMac = MacAddress.TryParse(text, out MacAddress mac);
        Hold.Same(SixNumbers().IsMatch(text), isMac);
        if (isMac)
        {
            Hold.Same(text.ToLowerInvariant(), mac.ToString());
            seen += "m";
        }

        return seen;
    }

    [GeneratedRegex(@"\A((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\.(?!\z)|\z)){4}\z", RegexOptions.ExplicitCapture)]
    private static partial Regex DottedQuad();

    [GeneratedRegex(@"\A[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}\z", RegexOptions.ExplicitCapture)]
    private static partial Regex SixNumbers();
}

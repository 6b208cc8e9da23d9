using System.Globalization;
using System.Text.RegularExpressions;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// The etcd key of a lease: <c>&lt;prefix&gt;/subnets/10.5.16.0-24</c>, or of a dual-stack one
/// <c>&lt;prefix&gt;/subnets/10.5.16.0-24&amp;fd00:12:13::-56</c> (flannel pkg/subnet/subnet.go).
/// </summary>
public static partial class LeaseKey
{
    // flannel's limits: the lengths are read as 5 and 7 bits, so a /32 and a /128 are no leases.
    private const int LongestIpv4 = 31;
    private const int LongestIpv6 = 127;

    // Where a key of a megabyte of digits is looked at: each of them could begin an address, and the time would be the square of it.
    private const int LongestEnd = 256;

    /// <summary>The key a node writes its lease to.</summary>
    /// <param name="prefix"><c>--etcd-prefix</c>.</param>
    /// <param name="subnet">What the node holds.</param>
    public static string Format(string prefix, Subnet subnet)
    {
        string ipv4 = $"{EtcdKeys.Subnets(prefix)}/{subnet.Ipv4.Network}-{subnet.Ipv4.Length}";
        return subnet.Ipv6 is { } ipv6 ? $"{ipv4}&{ipv6.Network}-{ipv6.Length}" : ipv4;
    }

    /// <summary>Reads the subnet at the end of a key; what stands before it does not matter, as in flannel.</summary>
    /// <param name="key">Any text at all.</param>
    /// <param name="subnet">The subnet. Host bits are masked off, so a key that has some is not <see cref="Format"/>'s.</param>
    /// <returns>Whether the key names a subnet.</returns>
    public static bool TryParse(string key, out Subnet subnet)
    {
        subnet = default;
        Match match = SubnetAtEnd().Match(key, Math.Max(0, key.Length - LongestEnd));
        if (!match.Success
            || !Ipv4Address.TryParse(match.Groups["ipv4"].ValueSpan, out Ipv4Address ipv4)
            || !TryParseLength(match.Groups["length4"], LongestIpv4, out int ipv4Length))
        {
            return false;
        }

        Ipv6Prefix? ipv6Prefix = null;
        if (match.Groups["ipv6"].Success)
        {
            if (!Ipv6Address.TryParse(match.Groups["ipv6"].ValueSpan, out Ipv6Address ipv6)
                || !TryParseLength(match.Groups["length6"], LongestIpv6, out int ipv6Length))
            {
                return false;
            }

            ipv6Prefix = new Ipv6Prefix(ipv6, ipv6Length);
        }

        subnet = new Subnet(new Ipv4Prefix(ipv4, ipv4Length), ipv6Prefix);
        return true;
    }

    private static bool TryParseLength(Group digits, int longest, out int length) =>
        int.TryParse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out length) && length <= longest;

    [GeneratedRegex(
        @"(?<ipv4>[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)-(?<length4>[0-9]+)(&(?<ipv6>[a-f0-9:]+)-(?<length6>[0-9]+))?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex SubnetAtEnd();
}

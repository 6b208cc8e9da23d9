using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Chooses the interface through which this host reaches its peers. Pure: it sees a snapshot, not the kernel.</summary>
public static class InterfaceSelector
{
    private const string Advice = "pass --iface=<name or address of an interface>";

    /// <summary>
    /// The first that fits of every <c>--iface</c>, then every <c>--iface-regex</c>, then <c>--iface-can-reach</c>. Without any
    /// of them: the interface that has <c>--public-ip</c>, or failing that <c>--public-ipv6</c>; else, as behind a NAT, the
    /// interface of the default route.
    /// </summary>
    /// <param name="snapshot">What the host has.</param>
    /// <param name="options">What the operator says.</param>
    /// <param name="isDualStack">Whether the network has IPv6 beside IPv4, so that the interface must have both.</param>
    /// <exception cref="FatalException">Nothing fits, or an option cannot be read.</exception>
    public static ExternalInterface Select(InterfaceSnapshot snapshot, InterfaceOptions options, bool isDualStack = false)
    {
        Ipv4Address? publicIPv4 = ReadPublic<Ipv4Address>(
            options.PublicIP, Ipv4Address.TryParse, "an IPv4 address, like 192.0.2.7");
        Ipv6Address? publicIPv6 = ReadPublic<Ipv6Address>(
            options.PublicIPv6, Ipv6Address.TryParse, "an IPv6 address, like 2001:db8::7");
        var lookup = new InterfaceLookup(snapshot, isDualStack, publicIPv6?.ToIPAddress());

        InterfaceChoice choice = options.IsOpen
            ? ByPublicAddress(lookup, [publicIPv4?.ToIPAddress(), publicIPv6?.ToIPAddress()]) ?? lookup.ByDefaultRoute()
            : ByOptions(lookup, options);
        if (choice is not { Link: { } link, IPv4: { } ownIPv4 })
        {
            throw new FatalException(
                $"found no interface to use: {choice.Problem}; {Advice}; this host has {snapshot.Describe()}");
        }

        var ipv4 = Ipv4Address.From(ownIPv4);
        Ipv6Address? ipv6 = choice.IPv6 is { } ownIPv6 ? Ipv6Address.From(ownIPv6) : null;
        return new ExternalInterface(
            link.Index,
            link.Name,
            link.Mtu,
            ipv4,
            publicIPv4 ?? ipv4,
            ipv6,
            isDualStack ? publicIPv6 ?? ipv6 : null);
    }

    private static T? ReadPublic<T>(string text, TryParse<T> parse, string expected)
        where T : struct
    {
        if (text.Length == 0)
            return null;

        return parse(text, out T address)
            ? address
            : throw new FatalException($"invalid public IP address: {text} (expected {expected})");
    }

    /// <summary>Null when no interface has any of them.</summary>
    private static InterfaceChoice? ByPublicAddress(InterfaceLookup lookup, IEnumerable<IPAddress?> addresses) => addresses
        .Select(address => address is null ? null : lookup.ByAddress(address))
        .FirstOrDefault(choice => choice is not null);

    private static InterfaceChoice ByOptions(InterfaceLookup lookup, InterfaceOptions options)
    {
        List<string> problems = [];
        foreach ((string option, Func<InterfaceChoice> look) in Tries(lookup, options))
        {
            InterfaceChoice choice = look();
            if (choice.Link is not null)
                return choice;

            problems.Add($"{option}: {choice.Problem}");
        }

        return InterfaceChoice.None(string.Join("; ", problems));
    }

    private static IEnumerable<(string Option, Func<InterfaceChoice> Look)> Tries(
        InterfaceLookup lookup, InterfaceOptions options)
    {
        foreach (string value in options.Interfaces)
            yield return ($"--iface={value}", () => lookup.ByNameOrAddress(value));

        foreach (string pattern in options.Patterns)
            yield return ($"--iface-regex={pattern}", () => lookup.ByPattern(InterfacePattern.Compile(pattern)));

        if (options.CanReach.Length > 0)
            yield return ($"--iface-can-reach={options.CanReach}", () => lookup.ByDestination(options.CanReach));
    }
}

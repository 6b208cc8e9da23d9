using System.Net;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>The single ways to find an interface.</summary>
/// <param name="snapshot">What the host has.</param>
/// <param name="isDualStack">Whether an IPv6 address must be found beside the IPv4 one.</param>
/// <param name="publicIPv6"><c>--public-ipv6</c>; null for the interface's own.</param>
internal sealed class InterfaceLookup(InterfaceSnapshot snapshot, bool isDualStack, IPAddress? publicIPv6)
{
    private const AddressFamily IPv4 = AddressFamily.InterNetwork;
    private const AddressFamily IPv6 = AddressFamily.InterNetworkV6;

    /// <summary>The interface that has this address, or this name.</summary>
    public InterfaceChoice ByNameOrAddress(string value)
    {
        if (Parse(value) is { } address)
            return ByAddress(address) ?? InterfaceChoice.None("no interface has this address");

        return snapshot.Links.FirstOrDefault(link => link.Name == value) is { } link
            ? Choose(link)
            : InterfaceChoice.None("no interface has this name");
    }

    /// <summary>The interface that has this address; null when none has.</summary>
    public InterfaceChoice? ByAddress(IPAddress address)
    {
        if (snapshot.OwnerOf(address) is not { } link)
            return null;

        // Behind a NAT no interface has the public address, which is no contradiction.
        LinkInfo? other = isDualStack && publicIPv6 is not null ? snapshot.OwnerOf(publicIPv6) : null;
        if (other is not null && other.Index != link.Index)
        {
            return InterfaceChoice.None(
                $"v6 interface {other.Name}, which has --public-ipv6={publicIPv6}, "
                + $"must be the same with v4 interface {link.Name}");
        }

        return Choose(link, address);
    }

    /// <summary>
    /// The first interface with an address that the pattern is in, in dual stack with one of each family; else the first whose
    /// name it is in.
    /// </summary>
    public InterfaceChoice ByPattern(InterfacePattern pattern)
    {
        foreach (LinkInfo link in snapshot.Links.OrderBy(link => link.Index))
        {
            IPAddress? ipv4 = FirstIn(link, IPv4);
            IPAddress? ipv6 = isDualStack ? FirstIn(link, IPv6) : null;
            if (ipv4 is not null && (ipv6 is not null || !isDualStack) && Choose(link, ipv4, ipv6) is { Link: not null } choice)
                return choice;
        }

        List<string> problems = [];
        foreach (LinkInfo link in snapshot.Links.Where(link => pattern.IsIn(link.Name)).OrderBy(link => link.Index))
        {
            InterfaceChoice choice = Choose(link);
            if (choice.Link is not null)
                return choice;

            problems.Add(choice.Problem);
        }

        return InterfaceChoice.None(problems.Count > 0
            ? string.Join(", ", problems)
            : $"it is in no interface's name, and in none's IPv4 address{(isDualStack ? " and IPv6 address at once" : "")}");

        IPAddress? FirstIn(LinkInfo link, AddressFamily family) =>
            snapshot.PreferredOf(link, family).FirstOrDefault(address => pattern.IsIn(address.ToString()));
    }

    /// <summary>The interface through which this host would send to an address, with the source it would use.</summary>
    public InterfaceChoice ByDestination(string value)
    {
        if (Parse(value) is not { } destination)
            return InterfaceChoice.None("this is not an IP address");

        try
        {
            RouteInfo route = snapshot.RouteTo(destination);
            if (route.Type == RouteType.Local)
                return InterfaceChoice.None("this is an address of this host itself");

            return snapshot.Find(route.LinkIndex) is { } link
                ? Choose(link, route.PreferredSource)
                : InterfaceChoice.None("the route to it leads to no interface");
        }
        catch (SysException e)
        {
            return InterfaceChoice.None(e.Message);
        }
    }

    /// <summary>
    /// The interface of the first default route that leads somewhere; in dual stack the first that the default routes of both
    /// families lead through.
    /// </summary>
    public InterfaceChoice ByDefaultRoute()
    {
        List<int> indexes = DefaultLinks(IPv4);
        if (indexes.Count == 0)
            return InterfaceChoice.None("there is no default route");

        int index = indexes[0];
        if (isDualStack)
        {
            List<int> ipv6 = DefaultLinks(IPv6);
            if (ipv6.Count == 0)
                return InterfaceChoice.None("there is no IPv6 default route");

            index = indexes.FirstOrDefault(ipv6.Contains);
            if (index == 0)
            {
                return InterfaceChoice.None(
                    $"the IPv4 default route leads through {NameOf(indexes[0])} and the IPv6 one through {NameOf(ipv6[0])}");
            }
        }

        return snapshot.Find(index) is { } link
            ? Choose(link)
            : InterfaceChoice.None($"the default route's interface, index {index}, is gone");
    }

    private static IPAddress? Parse(string text) =>
        Ipv4Address.TryParse(text, out Ipv4Address ipv4) ? ipv4.ToIPAddress()
        : Ipv6Address.TryParse(text, out Ipv6Address ipv6) ? ipv6.ToIPAddress()
        : null;

    // A multipath route leads through several links, of which any is as good. A default route that rejects leads nowhere.
    private List<int> DefaultLinks(AddressFamily family) =>
    [
        .. snapshot.Routes
            .Where(route => route.IsDefault && route.Type == RouteType.Unicast)
            .Where(route => route.Destination.BaseAddress.AddressFamily == family)
            .SelectMany(route => route.NextHops)
            .Select(hop => hop.LinkIndex)
            .Where(index => index != 0),
    ];

    private string NameOf(int index) => snapshot.Find(index)?.Name ?? $"index {index}";

    /// <summary>A link with the given addresses; where none is given of a family, its preferred one.</summary>
    private InterfaceChoice Choose(LinkInfo link, params IPAddress?[] given)
    {
        IPAddress? ipv4 = Given(IPv4) ?? snapshot.PreferredOf(link, IPv4).FirstOrDefault();
        if (ipv4 is null)
            return InterfaceChoice.None($"{link.Name} has no usable IPv4 address");

        IPAddress? ipv6 = isDualStack ? Given(IPv6) ?? OwnIPv6(link) : null;
        if (isDualStack && ipv6 is null)
            return InterfaceChoice.None($"{link.Name} has no usable IPv6 address");

        // The overlay's MTU is derived from the link's: there is nothing to derive from 0.
        return link.Mtu > 0
            ? new InterfaceChoice(link, ipv4, ipv6, "")
            : InterfaceChoice.None($"{link.Name} has MTU 0 (expected more)");

        IPAddress? Given(AddressFamily family) => given.FirstOrDefault(address => address?.AddressFamily == family);
    }

    private IPAddress? OwnIPv6(LinkInfo link) => publicIPv6 is not null && snapshot.OwnerOf(publicIPv6)?.Index == link.Index
        ? publicIPv6
        : snapshot.PreferredOf(link, IPv6).FirstOrDefault();
}

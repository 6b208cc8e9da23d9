using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Chooses the interface through which this host reaches its peers. Pure: it sees a snapshot, not the kernel.</summary>
public static class InterfaceSelector
{
    private const string Advice = "pass --iface=<name or IPv4 address of an interface>";

    /// <summary>
    /// The first <c>--iface</c> that fits. Without any: the interface that has <c>--public-ip</c>; else, as behind a NAT, the
    /// interface of the default route.
    /// </summary>
    /// <param name="snapshot">What the host has.</param>
    /// <param name="options">What the operator says.</param>
    /// <exception cref="FatalException">Nothing fits, or <c>--public-ip</c> is no IPv4 address.</exception>
    public static ExternalInterface Select(InterfaceSnapshot snapshot, InterfaceOptions options)
    {
        Ipv4Address? publicAddress = ParsePublicAddress(options.PublicIP);
        Choice choice = options.Interfaces.Count > 0
            ? ByOption(snapshot, options.Interfaces)
            : ByPublicAddress(snapshot, publicAddress) ?? ByDefaultRoute(snapshot);

        if (choice.Link is not { } link)
        {
            throw new FatalException(
                $"found no interface to use: {choice.Problem}; {Advice}; this host has {snapshot.Describe()}");
        }

        return new ExternalInterface(link.Index, link.Name, link.Mtu, choice.Address, publicAddress ?? choice.Address);
    }

    private static Ipv4Address? ParsePublicAddress(string text)
    {
        if (text.Length == 0)
            return null;

        return Ipv4Address.TryParse(text, out Ipv4Address address)
            ? address
            : throw new FatalException(
                $"invalid public IP address: {text} (expected an IPv4 address, like 192.0.2.7)");
    }

    private static Choice ByOption(InterfaceSnapshot snapshot, IReadOnlyList<string> interfaces)
    {
        List<string> problems = [];
        foreach (string value in interfaces)
        {
            Choice choice = ByNameOrAddress(snapshot, value);
            if (choice.Link is not null)
                return choice;

            problems.Add($"--iface={value}: {choice.Problem}");
        }

        return Choice.None(string.Join("; ", problems));
    }

    private static Choice ByNameOrAddress(InterfaceSnapshot snapshot, string value)
    {
        if (Ipv4Address.TryParse(value, out Ipv4Address address))
            return ByAddress(snapshot, address) ?? Choice.None("no interface has this address");

        LinkInfo? link = snapshot.Links.FirstOrDefault(link => link.Name == value);
        return link is null ? Choice.None("no interface has this name") : WithBestAddress(snapshot, link);
    }

    private static Choice? ByPublicAddress(InterfaceSnapshot snapshot, Ipv4Address? address) =>
        address is null ? null : ByAddress(snapshot, address.Value);

    private static Choice? ByAddress(InterfaceSnapshot snapshot, Ipv4Address address)
    {
        AddressInfo? owned = snapshot.Addresses.FirstOrDefault(candidate => Ipv4Address.From(candidate.Address) == address);
        LinkInfo? link = snapshot.Links.FirstOrDefault(link => link.Index == owned?.LinkIndex);
        return link is null ? null : Choice.Of(link, address);
    }

    private static Choice ByDefaultRoute(InterfaceSnapshot snapshot)
    {
        // A multipath route leads through several links, of which any is as good. A default route that rejects leads nowhere.
        int index = snapshot.Routes
            .Where(route => route.IsDefault && route.Type == RouteType.Unicast)
            .SelectMany(route => route.NextHops)
            .FirstOrDefault(hop => hop.LinkIndex != 0)
            .LinkIndex;
        if (index == 0)
            return Choice.None("there is no default route");

        LinkInfo? link = snapshot.Links.FirstOrDefault(link => link.Index == index);
        return link is null
            ? Choice.None($"the default route's interface, index {index}, is gone")
            : WithBestAddress(snapshot, link);
    }

    private static Choice WithBestAddress(InterfaceSnapshot snapshot, LinkInfo link) =>
        AddressPreference.Choose(snapshot.AddressesOf(link)) is { } address
            ? Choice.Of(link, address)
            : Choice.None($"{link.Name} has no usable IPv4 address");

    /// <summary>A link with the address to use, or what stands against it.</summary>
    private readonly record struct Choice(LinkInfo? Link, Ipv4Address Address, string Problem)
    {
        public static Choice None(string problem) => new(null, default, problem);

        // The overlay's MTU is derived from the link's: there is nothing to derive from 0.
        public static Choice Of(LinkInfo link, Ipv4Address address) => link.Mtu > 0
            ? new Choice(link, address, "")
            : None($"{link.Name} has MTU 0 (expected more)");
    }
}

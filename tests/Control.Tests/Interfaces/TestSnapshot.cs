using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>A host made of words: links in order of their indexes, from 1.</summary>
internal sealed class TestSnapshot
{
    private readonly List<LinkInfo> _links = [];
    private readonly List<AddressInfo> _addresses = [];
    private readonly List<RouteInfo> _routes = [];
    private RouteInfo? _way;

    /// <summary>lo, eth0 with 192.168.0.5, eth1 with 10.0.0.5, and a default route through eth1.</summary>
    public static TestSnapshot Usual => new TestSnapshot()
        .Link("lo", 65536, "127.0.0.1/8")
        .Link("eth0", 1500, "192.168.0.5/24")
        .Link("eth1", 9000, "10.0.0.5/24")
        .Route("0.0.0.0/0", RouteType.Unicast, 3);

    public TestSnapshot Link(string name, int mtu, params string[] addresses)
    {
        _links.Add(new LinkInfo(_links.Count + 1, name, mtu, LinkFlags.Up, "", 1000));
        foreach (string address in addresses)
            _ = Address(address, AddressFlags.Permanent);

        return this;
    }

    /// <summary>Gives the last link an address.</summary>
    public TestSnapshot Address(string address, AddressFlags flags)
    {
        string[] parts = address.Split('/');
        int length = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
        _addresses.Add(new AddressInfo(_links.Count, IPAddress.Parse(parts[0]), length, RouteScope.Global, flags));
        return this;
    }

    public TestSnapshot Route(string destination, RouteType type, params int[] linkIndexes)
    {
        IReadOnlyList<RouteNextHop> hops = [.. linkIndexes.Select(index => new RouteNextHop(index, null))];
        _routes.Add(new RouteInfo(
            IPNetwork.Parse(destination), type, RouteScope.Global, RouteProtocol.Boot, Metric: 0, Table: 254, null, hops));
        return this;
    }

    /// <summary>Makes the kernel answer that every address is reached through this link, from this source.</summary>
    public TestSnapshot Way(int linkIndex, string source, RouteType type = RouteType.Unicast)
    {
        _way = new RouteInfo(
            IPNetwork.Parse("0.0.0.0/0"),
            type,
            RouteScope.Global,
            RouteProtocol.Boot,
            Metric: 0,
            Table: 254,
            IPAddress.Parse(source),
            [new RouteNextHop(linkIndex, null)]);
        return this;
    }

    public ExternalInterface Select(string[] interfaces, string publicIP = "") =>
        Select(new InterfaceOptions { Interfaces = interfaces, PublicIP = publicIP });

    public ExternalInterface Select(InterfaceOptions options, bool isDualStack = false) =>
        InterfaceSelector.Select(ToSnapshot(), options, isDualStack);

    public InterfaceSnapshot ToSnapshot() => new(_links, _addresses, _routes, FindWay);

    /// <summary>Selects and expects to fail.</summary>
    /// <returns>The error's message.</returns>
    public string Fail(string[] interfaces, string publicIP = "") =>
        Fail(new InterfaceOptions { Interfaces = interfaces, PublicIP = publicIP });

    /// <inheritdoc cref="Fail(string[], string)"/>
    public string Fail(InterfaceOptions options, bool isDualStack = false) =>
        Assert.Throws<FatalException>(() => Select(options, isDualStack)).Message;

    private RouteInfo FindWay(IPAddress destination) =>
        _way ?? throw new SysException($"find a route to {destination}", Errno.ENETUNREACH);
}

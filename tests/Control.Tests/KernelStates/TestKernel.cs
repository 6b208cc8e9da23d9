using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>
/// A kernel made of words, with <c>eth0</c> (2), <c>flannel.1</c> (3) and <c>flannel-v6.1</c> (4), that takes changes as the real
/// one does: a new entry takes the slot of an old one.
/// </summary>
internal sealed class TestKernel
{
    public const int Eth0 = 2;
    public const int Device = 3;
    public const int Device6 = 4;

    private readonly List<LinkInfo> _links =
    [
        new(Eth0, "eth0", 1500, LinkFlags.Up, "", 1000),
        new(Device, "flannel.1", 1450, LinkFlags.Up, "vxlan", 0),
        new(Device6, "flannel-v6.1", 1430, LinkFlags.Up, "vxlan", 0),
    ];

    private readonly List<AddressInfo> _addresses = [];
    private readonly List<RouteInfo> _routes =
    [
        Route("192.168.0.0/24", Eth0, protocol: RouteProtocol.Kernel),
        Route("fd77::/64", Eth0, protocol: RouteProtocol.Kernel),
        Route("0.0.0.0/0", Eth0, "192.168.0.1"),
        Route("::/0", Eth0, "fd77::1"),
    ];

    private readonly List<Neighbour> _neighbours = [];
    private readonly List<FdbEntry> _fdb = [];

    public CurrentKernelState Now => new([.. _links], [.. _addresses], [.. _routes], [.. _neighbours], [.. _fdb]);

    public IEnumerable<string> Routes => _routes.Select(route => route.ToRoute()!.ToString());

    /// <summary>A route as the kernel would show it.</summary>
    public static RouteInfo Route(
        string destination,
        int link,
        string? gateway = null,
        RouteProtocol protocol = RouteProtocol.Boot,
        uint? metric = null,
        RouteType type = RouteType.Unicast)
    {
        var network = IPNetwork.Parse(destination);
        return new RouteInfo(
            network,
            type,
            RouteScope.Global,
            protocol,
            metric ?? EntryOwnership.DefaultMetricOf(network.BaseAddress.AddressFamily),
            IpRoute.MainTable,
            null,
            [new RouteNextHop(link, gateway is null ? null : IPAddress.Parse(gateway))]);
    }

    public TestKernel With(params object[] things)
    {
        foreach (object thing in things)
        {
            switch (thing)
            {
                case LinkInfo link:
                    _links.Add(link);
                    break;
                case RouteInfo route:
                    _routes.Add(route);
                    break;
                case Neighbour neighbour:
                    _neighbours.Add(neighbour);
                    break;
                case FdbEntry entry:
                    _fdb.Add(entry);
                    break;
                case AddressInfo address:
                    _addresses.Add(address);
                    break;
                default:
                    throw new ArgumentException($"the kernel has no {thing}", nameof(things));
            }
        }

        return this;
    }

    public TestKernel Without(string link)
    {
        _ = _links.RemoveAll(one => one.Name == link);
        return this;
    }

    /// <summary>Makes the changes that lead to what is desired.</summary>
    /// <returns>The changes in words, in their order.</returns>
    public string[] Reach(DesiredKernelState desired)
    {
        var diff = KernelDiff.Between(desired, Now);
        KernelChange[] changes = [.. diff.Steps.SelectMany(step => step).Select(planned => planned.Change)];
        foreach (KernelChange change in changes)
            Make(change);

        return [.. changes.Select(change => change.ToString())];
    }

    private void Make(KernelChange change)
    {
        bool isDeletion = change.Verb == ChangeVerb.Delete;
        switch (change.Entry)
        {
            case IpRoute route:
                RouteInfo made = Route(route.Destination.ToString(), route.LinkIndex, route.Gateway?.ToString());
                int at = isDeletion
                    ? _routes.FindIndex(one => one.ToRoute() == route)
                    : _routes.FindIndex(one => one.Destination.Equals(made.Destination) && one.Metric == made.Metric);
                Put(_routes, at, isDeletion ? null : made);
                break;
            case Neighbour neighbour:
                at = _neighbours.FindIndex(one => one.LinkIndex == neighbour.LinkIndex && one.Address.Equals(neighbour.Address));
                Put(_neighbours, at, isDeletion ? null : neighbour);
                break;
            case FdbEntry entry:
                at = _fdb.FindIndex(one =>
                    one.LinkIndex == entry.LinkIndex
                    && one.Mac == entry.Mac
                    && (!isDeletion || Equals(one.Destination, entry.Destination)));
                Put(_fdb, at, isDeletion ? null : entry);
                break;
            case AddressInfo address:
                at = _addresses.FindIndex(one => one.LinkIndex == address.LinkIndex && one.Address.Equals(address.Address));
                Put(_addresses, at, isDeletion ? null : address);
                break;
            default:
                throw new InvalidOperationException($"no such change: {change}");
        }
    }

    private static void Put<T>(List<T> list, int at, T? entry)
        where T : class
    {
        if (entry is null)
            list.RemoveAt(at);
        else if (at < 0)
            list.Add(entry);
        else
            list[at] = entry;
    }
}

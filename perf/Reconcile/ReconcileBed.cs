using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FastFlannel.Lab;
using FastFlannel.Native;

namespace FastFlannel.Perf;

/// <summary>One daemon, the published binary, whose peers are leases in a real etcd and nothing more, and a look into its kernel.</summary>
internal sealed class ReconcileBed : IAsyncDisposable
{
    private static readonly IPNetwork Network = IPNetwork.Parse("10.0.0.0/8");
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly LabCluster _cluster;

    private ReconcileBed(LabCluster cluster, string backend, RouteNetlink netlink)
    {
        _cluster = cluster;
        Backend = backend;
        Netlink = netlink;
        Device = backend switch
        {
            "vxlan" => "flannel.1",
            "udp" => "flannel0",
            _ => null,
        };
    }

    /// <summary>The backend.</summary>
    public string Backend { get; }

    /// <summary>The name of its device, or null when it has none.</summary>
    public string? Device { get; }

    /// <summary>The daemon, not started yet.</summary>
    public FlannelDaemon Daemon => _cluster.Hosts[0].Daemons[0];

    /// <summary>The kernel of the daemon's host.</summary>
    public RouteNetlink Netlink { get; }

    /// <summary>The index of the device, or of the interface of a backend without one.</summary>
    public int Link => Netlink.FindLink(Device ?? "eth0")!.Index;

    /// <summary>Makes host and leases.</summary>
    public static async Task<ReconcileBed> CreateAsync(string backend, int peers, string binary)
    {
        var options = new LabClusterOptions
        {
            DaemonPath = binary,
            Hosts = 1,
            Config = $$$"""{"Network":"{{{Network}}}","SubnetLen":24,"Backend":{"Type":"{{{backend}}}"}}""",
        };
        LabCluster cluster = await LabCluster.CreateAsync(options, CancellationToken.None);
        await cluster.StartEtcdAsync(CancellationToken.None);
        using var etcd = new EtcdGateway(cluster.Underlay.Switch);
        await etcd.PutAsync(Enumerable.Range(0, peers).Select(number => PeerLease.Of(backend, number)));
        LabHost host = cluster.Hosts[0];

        // For host-gw all peers have to be on the link.
        await host.Namespace.IpAsync(["route add 172.16.0.0/12 dev eth0"], CancellationToken.None);
        RouteNetlink? netlink = null;
        NamedNamespace.RunIn(host.Namespace.Path, () => netlink = RouteNetlink.Open());
        return new ReconcileBed(cluster, backend, netlink!);
    }

    /// <summary>Starts the daemon.</summary>
    /// <returns>How long it took until subnet.env, which is written when all peers are in force.</returns>
    public async Task<TimeSpan> StartAsync()
    {
        long began = Stopwatch.GetTimestamp();
        await Daemon.StartAsync();
        await Daemon.WaitReadyAsync(CancellationToken.None);
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>Does something to what is the daemon's.</summary>
    /// <param name="damage">What. All that it needs to know it has looked up before.</param>
    /// <returns>How long it took from when that began until all was as before.</returns>
    public TimeSpan TimeToHeal(Action damage)
    {
        HashSet<object> whole = Read();
        long began = Stopwatch.GetTimestamp();
        damage();
        while (!Read().SetEquals(whole))
        {
            if (Stopwatch.GetElapsedTime(began) > Limit)
                throw new InvalidOperationException($"not healed within {Limit}:\n{Daemon.DescribeLog()}");

            Thread.Sleep(1);
        }

        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>The device and all that the daemon has on it, and its routes; without indexes, which change with a device.</summary>
    public HashSet<object> Read()
    {
        HashSet<object> things = [];
        if (Device is not null && Netlink.FindLink(Device) is { } link)
        {
            _ = things.Add(link with { Index = 0, Flags = link.Flags & LinkFlags.Up });
            things.UnionWith(Netlink.ListAddresses(AddressFamily.InterNetwork, link.Index)
                .Select(address => address with { LinkIndex = 0 }));
            things.UnionWith(Netlink.ListNeighbours(AddressFamily.InterNetwork, link.Index)
                .Where(neighbour => (neighbour.State & NeighbourStates.Permanent) != 0)
                .Select(neighbour => neighbour with { LinkIndex = 0 }));
            if (link.Vxlan is not null)
                things.UnionWith(Netlink.ListFdbEntries(link.Index).Select(entry => entry with { LinkIndex = 0 }));
        }

        things.UnionWith(Routes().Select(route => route with { LinkIndex = 0 }));
        return things;
    }

    /// <summary>The routes into the overlay.</summary>
    public IEnumerable<IpRoute> Routes() => Netlink.ListRoutes(AddressFamily.InterNetwork)
        .Where(route => route.Protocol == RouteProtocol.Boot && Network.Contains(route.Destination.BaseAddress))
        .Select(route => route.ToRoute()!);

    public async ValueTask DisposeAsync()
    {
        Netlink.Dispose();
        await _cluster.DisposeAsync();
    }
}

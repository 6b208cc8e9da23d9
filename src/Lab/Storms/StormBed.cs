namespace FastFlannel.Lab;

/// <summary>Hosts with daemons, two hosts that stand for all peers of a storm, and the peers' leases.</summary>
public sealed class StormBed : IAsyncDisposable
{
    /// <summary>Fields of the network config's Backend, so that every packet goes through the router.</summary>
    public const string RouterOnly = """{"Offloads":{"kernelTunnel":false}}""";

    private const int Sinks = 2;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly bool _hasTunnel;

    private StormBed(LabCluster cluster, StormPeers peers, bool hasTunnel)
    {
        (Cluster, Peers, _hasTunnel) = (cluster, peers, hasTunnel);
        Etcd = new EtcdGateway(cluster.Underlay.Switch);
    }

    /// <summary>The hosts.</summary>
    public LabCluster Cluster { get; }

    /// <summary>Hosts with a daemon.</summary>
    public IEnumerable<LabHost> Hosts => Cluster.Hosts.SkipLast(Sinks);

    /// <summary>Their daemons.</summary>
    public IEnumerable<FlannelDaemon> Daemons => Hosts.Select(host => host.Daemons[0]);

    /// <summary>Hosts with a daemon as ends of the overlay.</summary>
    public IReadOnlyList<Endpoint> HostEnds => [.. Hosts.Select(host => host.OverlayEndpoint(host.Daemons[0]))];

    /// <summary>The peers.</summary>
    public StormPeers Peers { get; }

    /// <summary>etcd.</summary>
    public EtcdGateway Etcd { get; }

    private IEnumerable<LabHost> SinkHosts => Cluster.Hosts.TakeLast(Sinks);

    /// <summary>Makes it, and waits until every route is in force.</summary>
    /// <param name="daemon">The daemon's binary.</param>
    /// <param name="hosts">How many hosts have one.</param>
    /// <param name="flapping">How many peers are to change; one more does not.</param>
    /// <param name="fields">Fields of the network config's Backend.</param>
    /// <param name="ct">Gives up early; what was made is removed.</param>
    public static async Task<StormBed> CreateAsync(string daemon, int hosts, int flapping, string fields, CancellationToken ct)
    {
        var options = new LabClusterOptions
        {
            DaemonPath = daemon,
            Hosts = hosts + Sinks,
            Network = StormPeers.Network,
            BackendFields = fields,
            RoutedContainers = true,
            Daemons = [.. Enumerable.Repeat(new DaemonOptions { Path = daemon }, hosts)],
        };
        LabCluster cluster = await LabCluster.CreateAsync(options, ct);
        var bed = new StormBed(cluster, new StormPeers(flapping + 1, steady: 1, options.Prefix), fields != RouterOnly);
        try
        {
            await bed.StartAsync(ct);
            return bed;
        }
        catch
        {
            await bed.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts probes.</summary>
    /// <param name="from">Hosts with a daemon.</param>
    public StormTraffic StartTraffic(IEnumerable<LabHost> from) => new(from, SinkHosts, _hasTunnel, Peers);

    /// <summary>Waits until each daemon has as many routes as there are leases.</summary>
    public Task WaitForRoutesAsync(CancellationToken ct)
    {
        int routes = Peers.LeaseCount + Hosts.Count() - 1;
        return Task.WhenAll(Daemons.Select(daemon => Wait.UntilAsync(
            async () => await daemon.ReadStatusAsync(ct) is { } status
                && status.Peers == routes && (!_hasTunnel || status.KernelTunnel?.Peers == routes),
            Limit,
            $"{routes} routes to be in force",
            ct)));
    }

    /// <summary>Waits until the routes are those of the leases as they are now, in number and by where probes arrive.</summary>
    public async Task SettleAsync(StormTraffic traffic, CancellationToken ct)
    {
        await WaitForRoutesAsync(ct);
        foreach (StormFlow flow in traffic.Flows)
            _ = await Wait.UntilAsync(flow.IsSettled, Limit, $"{flow.Name} to arrive by the last leases", ct);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Etcd.Dispose();
        await Cluster.DisposeAsync();
    }

    private async Task StartAsync(CancellationToken ct)
    {
        foreach ((int sink, LabHost host) in SinkHosts.Index())
            await LeadToSinkAsync(sink, host, ct);

        await Cluster.StartEtcdAsync(ct);
        await Etcd.PutAsync(Enumerable.Range(0, Peers.Count).Select(
            peer => KeyValuePair.Create(Peers.KeyOf(peer), Peers.ValueOf(peer, 0))));
        if (_hasTunnel)
        {
            await Etcd.PutAsync(Peers.AllAddresses().Select(
                address => KeyValuePair.Create($"{Peers.Prefix}/tunnels/{address}", "{}")));
        }

        await Cluster.StartDaemonsAsync(ct);
        await Cluster.AddContainersAsync(ct);
        await WaitForRoutesAsync(ct);
        _ = await Ping.WaitForMeshAsync(Cluster.Containers, Limit, ct);
    }

    /// <summary>The programs of the kernel tunnel leave a packet to the router whose neighbour is not known: here it always is.</summary>
    private async Task LeadToSinkAsync(int sink, LabHost host, CancellationToken ct)
    {
        await StormSink.PrepareAsync(host, sink, ct);
        string mac = (await host.Namespace.ExecAsync(["cat", "/sys/class/net/eth0/address"], ct)).OrThrow().Output.Trim();
        foreach (LabHost one in Hosts)
        {
            await one.Namespace.IpAsync(
                [
                    $"neigh replace {host.Address} lladdr {mac} dev eth0 nud permanent",
                    $"route add {StormPeers.NetworkOfSink(sink)} via {host.Address}",
                ],
                ct);
        }
    }
}

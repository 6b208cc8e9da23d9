using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// Two hosts with our daemons and a third with a <see cref="PlainPeer"/>, a container each, all of which reach each other.
/// </summary>
internal sealed class LoadedHosts : IAsyncDisposable
{
    /// <summary>What a config's Backend says so that every packet goes through the router, also between hosts that need not.</summary>
    public const string RouterOnly = ""","Offloads":{"kernelTunnel":false}""";

    private const string PlainSubnet = "10.5.200";

    private readonly PlainPeer? _peer;

    private LoadedHosts(LabCluster cluster, PlainPeer? peer, IReadOnlyList<Endpoint> containers) =>
        (Cluster, _peer, Containers) = (cluster, peer, containers);

    /// <summary>The hosts and the network between them.</summary>
    public LabCluster Cluster { get; }

    /// <summary>The two hosts with our daemons.</summary>
    public IEnumerable<LabHost> Ours => Cluster.Hosts.Take(2);

    /// <summary>The containers, first to last.</summary>
    public IReadOnlyList<Endpoint> Containers { get; }

    /// <summary>The container of the first host, which has our daemon.</summary>
    public Endpoint First => Containers[0];

    /// <summary>The container of the second host, which has our daemon.</summary>
    public Endpoint Second => Containers[1];

    /// <summary>The container behind the plain peer.</summary>
    public Endpoint Plain => Containers[2];

    /// <summary>Starts hosts, daemons and, if asked for, the plain peer.</summary>
    /// <param name="backend">The network config's Backend, what follows its Type; for example <c>,"Queues":2</c>.</param>
    /// <param name="withPlain">Whether there is a third host.</param>
    /// <param name="cancellation">Gives up early; what was made is removed.</param>
    /// <param name="mtu">The underlay's, in bytes.</param>
    public static async Task<LoadedHosts> StartAsync(
        string backend, bool withPlain, CancellationToken cancellation, int mtu = 1500)
    {
        var daemon = new DaemonOptions { Path = DaemonBinary.Path };
        LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with
            {
                Hosts = withPlain ? 3 : 2,
                Daemons = [daemon, daemon],
                Mtu = mtu,
                Config = ConfigOf(backend),

                // Behind a bridge nothing of a container would go through the kernel tunnel.
                RoutedContainers = backend != RouterOnly,
            },
            cancellation);
        PlainPeer? peer = null;
        try
        {
            await cluster.StartEtcdAsync(cancellation);
            await cluster.StartDaemonsAsync(cancellation);
            await cluster.AddContainersAsync(cancellation);
            if (withPlain)
                peer = await AddPlainAsync(cluster, mtu, cancellation);

            IReadOnlyList<Endpoint> containers = cluster.Containers;
            _ = await Ping.WaitForMeshAsync(containers, TimeSpan.FromSeconds(30), cancellation);
            return new LoadedHosts(cluster, peer, containers);
        }
        catch
        {
            peer?.Dispose();
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Starts the daemons anew with another network config. They lease the subnets they had, which the containers are in.
    /// </summary>
    /// <param name="backend">As for the start.</param>
    /// <param name="cancellation">Gives up early.</param>
    public async Task ConfigureAsync(string backend, CancellationToken cancellation)
    {
        _ = await Task.WhenAll(Ours.Select(host => host.Daemon.StopAsync("TERM", cancellation)));
        await Cluster.Etcd.PutAsync($"{Cluster.Options.Prefix}/config", ConfigOf(backend), cancellation);
        await Cluster.StartDaemonsAsync(cancellation);
        _ = await Ping.WaitForMeshAsync(Containers, TimeSpan.FromSeconds(30), cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _peer?.Dispose();
        await Cluster.DisposeAsync();
    }

    /// <summary>A network config.</summary>
    internal static string ConfigOf(string backend) =>
        """{"Network":"10.5.0.0/16","Backend":{"Type":"udp" """ + backend + "}}";

    private static async Task<PlainPeer> AddPlainAsync(LabCluster cluster, int mtu, CancellationToken cancellation)
    {
        LabHost plain = cluster.Hosts[2];
        var peers = cluster.Hosts.Take(2).ToDictionary(
            host => host.Daemon.Env.OverlayAddress[..host.Daemon.Env.OverlayAddress.LastIndexOf('.')], host => host.Address);
        PlainPeer peer = await PlainPeer.StartAsync(plain, PlainSubnet, peers, cancellation, mtu - 28);
        try
        {
            await cluster.Etcd.PutAsync(
                $"{cluster.Options.Prefix}/subnets/{PlainSubnet}.0-24", $$"""{"PublicIP":"{{plain.Address}}"}""", cancellation);
            _ = await plain.AddContainerAsync(new SubnetEnv("10.5.0.0/16", $"{PlainSubnet}.1/24", mtu - 28), cancellation);
            return peer;
        }
        catch
        {
            peer.Dispose();
            throw;
        }
    }
}

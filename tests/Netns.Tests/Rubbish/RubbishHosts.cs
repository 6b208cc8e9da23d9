using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// Two hosts with our daemons and a container each, a third that leases a subnet and has no daemon, and a fourth that is a
/// stranger. The last two send rubbish to the first.
/// </summary>
internal sealed class RubbishHosts : IAsyncDisposable
{
    /// <summary>The subnet of the host without a daemon: the first three numbers.</summary>
    public const string PeerSubnet = "10.5.200";

    private const string Table = "77";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private RubbishHosts(LabCluster cluster, bool isTunnelled) => (Cluster, IsTunnelled) = (cluster, isTunnelled);

    /// <summary>The hosts and the network between them.</summary>
    public LabCluster Cluster { get; }

    /// <summary>Whether the host without a daemon says that it sends through its kernel, so that what it sends is taken so.</summary>
    public bool IsTunnelled { get; }

    /// <summary>Who receives.</summary>
    public LabHost Receiver => Cluster.Hosts[0];

    /// <summary>Who has a lease and sends.</summary>
    public LabHost Peer => Cluster.Hosts[2];

    /// <summary>Who has no lease and sends.</summary>
    public LabHost Stranger => Cluster.Hosts[3];

    /// <summary>The containers of the two hosts with daemons.</summary>
    public IReadOnlyList<Endpoint> Containers => Cluster.Containers;

    /// <summary>Starts them.</summary>
    /// <param name="config">The network config.</param>
    /// <param name="isTunnelled">As <see cref="IsTunnelled"/>.</param>
    /// <param name="cancellation">Gives up early; what was made is removed.</param>
    public static async Task<RubbishHosts> StartAsync(string config, bool isTunnelled, CancellationToken cancellation)
    {
        var daemon = new DaemonOptions { Path = DaemonBinary.Path };
        LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with { Hosts = 4, Daemons = [daemon, daemon], Config = config }, cancellation);
        try
        {
            await cluster.StartEtcdAsync(cancellation);
            await cluster.StartDaemonsAsync(cancellation);
            await cluster.AddContainersAsync(cancellation);
            var hosts = new RubbishHosts(cluster, isTunnelled);
            await hosts.AddPeerAsync(cancellation);
            await hosts.KeepRubbishHereAsync(cancellation);
            _ = await Ping.WaitForMeshAsync(hosts.Containers, Limit, cancellation);
            return hosts;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the receiver's daemon says of itself.</summary>
    public async Task<DaemonStatus> StatusAsync(CancellationToken cancellation)
    {
        DaemonStatus? status = await Receiver.Daemon.ReadStatusAsync(cancellation);
        Assert.NotNull(status);
        return status;
    }

    /// <summary>Has the other daemon's host throw away what the overlay brings, or no longer do so.</summary>
    public Task SetDeafAsync(bool isDeaf, CancellationToken cancellation) =>
        Cluster.Hosts[1].Namespace.IpAsync([$"rule {(isDeaf ? "add" : "del")} iif flannel0 blackhole"], cancellation);

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    private async Task AddPeerAsync(CancellationToken cancellation)
    {
        string prefix = Cluster.Options.Prefix;
        if (IsTunnelled)
            await Cluster.Etcd.PutAsync($"{prefix}/tunnels/{Peer.Address}", "{}", cancellation);

        // In a dual-stack network a lease of IPv4 alone is one of a host that takes no IPv6.
        await Cluster.Etcd.PutAsync($"{prefix}/subnets/{PeerSubnet}.0-24", $$"""{"PublicIP":"{{Peer.Address}}"}""", cancellation);
        _ = await Wait.UntilAsync(
            async () => await StatusAsync(cancellation) is { Peers: 2 } status && (!IsTunnelled || status.KernelTunnel?.Peers == 2),
            Limit,
            "the receiver to know its peers",
            cancellation);
    }

    /// <summary>What arrives from the overlay stays on the receiver, and does not keep the other daemon busy.</summary>
    private Task KeepRubbishHereAsync(CancellationToken cancellation) => Receiver.Namespace.IpAsync(
        [
            $"route add {Receiver.Daemon.Env.OverlayAddress}/{Receiver.Daemon.Env.Length} dev cbr0 table {Table}",
            $"route add blackhole default table {Table}",
            $"rule add iif flannel0 lookup {Table}",
        ],
        cancellation);
}

using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Two hosts of a dual-stack network, for all tests that leave them as they found them.</summary>
public sealed class DualStackHosts : IAsyncLifetime
{
    private LabCluster? _cluster;

    internal LabCluster Cluster => _cluster!;

    internal Endpoint[] Hosts => Cluster.Ipv6HostEnds;

    internal IReadOnlyList<Endpoint> Containers => Cluster.Ipv6Containers;

    /// <summary>Starts two hosts that reach each other over both families.</summary>
    /// <param name="cancellation">Gives up early; what was made is removed.</param>
    /// <param name="mtu">The underlay's, in bytes.</param>
    /// <param name="backend">The network config's Backend, what follows its Type; for example <c>,"Queues":2</c>.</param>
    internal static async Task<LabCluster> StartAsync(CancellationToken cancellation, int mtu = 1500, string backend = "")
    {
        LabClusterOptions options = Clusters.DualStack;
        string config =
            $$$"""{"Network":"{{{options.Network}}}","EnableIPv6":true,"IPv6Network":"{{{options.Ipv6Network}}}","Backend":{"Type":"udp" """
            + backend + "}}";
        LabCluster cluster = await LabCluster.StartAsync(options with { Mtu = mtu, Config = config }, cancellation);
        try
        {
            _ = await Ping.WaitForMeshAsync(cluster.Containers, TimeSpan.FromSeconds(30), cancellation);
            _ = await Ping.WaitForMeshAsync(cluster.Ipv6Containers, TimeSpan.FromSeconds(30), cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask InitializeAsync() => _cluster = await StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }
}

/// <summary>The test classes that share the hosts.</summary>
[CollectionDefinition(nameof(DualStackHosts))]
public class DualStackUsers : ICollectionFixture<DualStackHosts>;

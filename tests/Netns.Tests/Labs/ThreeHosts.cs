using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Three connected hosts with a container each, for the tests of a class that leave them as they found them.</summary>
public sealed class ThreeHosts : IAsyncLifetime
{
    private LabCluster? _cluster;

    internal LabCluster Cluster => _cluster!;

    internal Endpoint[] Hosts => Cluster.HostEnds;

    internal IReadOnlyList<Endpoint> Containers => Cluster.Containers;

    public async ValueTask InitializeAsync()
    {
        _cluster = await LabCluster.StartAsync(Clusters.Default, TestContext.Current.CancellationToken);
        try
        {
            _ = await Ping.WaitForMeshAsync(Containers, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }
}

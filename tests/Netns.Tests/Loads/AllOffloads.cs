using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Two hosts with every offload of the router, for all tests that leave them as they found them.</summary>
public sealed class AllOffloads : IAsyncLifetime
{
    private LoadedHosts? _hosts;

    internal LabCluster Cluster => _hosts!.Cluster;

    internal Endpoint First => _hosts!.First;

    internal Endpoint Second => _hosts!.Second;

    public async ValueTask InitializeAsync() =>
        _hosts = await LoadedHosts.StartAsync(LoadedHosts.RouterOnly, withPlain: false, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_hosts is not null)
            await _hosts.DisposeAsync();
    }
}

/// <summary>The test classes that share the hosts.</summary>
[CollectionDefinition(nameof(AllOffloads))]
public class AllOffloadsUsers : ICollectionFixture<AllOffloads>;

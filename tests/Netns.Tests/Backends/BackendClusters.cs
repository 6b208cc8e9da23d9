using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Clusters of a backend, whole and connected.</summary>
internal static class BackendClusters
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Starts hosts, daemons and containers, and waits until every container reaches every other, by IPv6 too.</summary>
    public static async Task<LabCluster> StartAsync(LabClusterOptions options, CancellationToken cancellation)
    {
        LabCluster cluster = await LabCluster.StartAsync(options, cancellation);
        try
        {
            _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, cancellation);
            if (options.Ipv6Network is not null)
                _ = await Ping.WaitForMeshAsync(cluster.Ipv6Containers, Limit, cancellation);

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The index of a device.</summary>
    public static async Task<string> IndexOfAsync(this LabHost host, string device, CancellationToken cancellation) =>
        (await host.Namespace.ExecAsync(["cat", $"/sys/class/net/{device}/ifindex"], cancellation)).OrThrow().Output.Trim();

    /// <summary>The Ethernet address of a device.</summary>
    public static async Task<string> MacOfAsync(this LabHost host, string device, CancellationToken cancellation) =>
        (await host.Namespace.ExecAsync(["cat", $"/sys/class/net/{device}/address"], cancellation)).OrThrow().Output.Trim();

    /// <summary>Has one <c>bridge</c> command done.</summary>
    public static async Task BridgeAsync(this LabHost host, string command, CancellationToken cancellation) =>
        _ = (await host.Namespace.ExecAsync(["bridge", .. command.Split(' ')], cancellation)).OrThrow();
}

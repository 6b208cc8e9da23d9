using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>All paths of a bench, set up at once: on two hosts, and on two more for each further udp path.</summary>
internal sealed class BenchBed : IAsyncDisposable
{
    private static readonly TimeSpan ConvergenceLimit = TimeSpan.FromSeconds(10);

    private readonly LabCluster _cluster;

    private BenchBed(LabCluster cluster, IReadOnlyList<BenchPath> paths) => (_cluster, Paths) = (cluster, paths);

    /// <summary>The paths, in the order they are measured.</summary>
    public IReadOnlyList<BenchPath> Paths { get; }

    /// <summary>For iperf3's words.</summary>
    public string LogFile => Path.Combine(_cluster.Directory, "iperf3.log");

    /// <summary>Sets everything up and waits until every path carries packets.</summary>
    /// <param name="options">What is measured.</param>
    /// <param name="progress">Is told what begins.</param>
    /// <param name="ct">Gives up early; what was made is removed.</param>
    public static async Task<BenchBed> CreateAsync(BenchOptions options, Progress progress, CancellationToken ct)
    {
        BenchVariant[] variants = [.. options.UdpPaths];
        progress.Begin("making the hosts");
        LabCluster cluster = await LabCluster.CreateAsync(ClusterOf(options, variants), ct);
        try
        {
            BenchPath[] paths =
            [
                .. await LayAsync(cluster, options, progress, ct),
                .. await StartAsync(cluster, options, variants, progress, ct),
            ];
            progress.Begin("waiting until every path carries packets");
            foreach (BenchPath path in paths)
                await ConvergeAsync(path, ct);

            return new BenchBed(cluster, paths);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Removes everything.</summary>
    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private static LabClusterOptions ClusterOf(BenchOptions options, BenchVariant[] variants) => new()
    {
        DaemonPath = options.DaemonPath,
        Hosts = 2 * Math.Max(1, variants.Length),
        Mtu = options.Mtu,
        Daemons = [.. variants.Select(variant => DaemonOf(options, variant)).SelectMany(daemon => new[] { daemon, daemon })],
    };

    private static DaemonOptions DaemonOf(BenchOptions options, BenchVariant variant) =>
        new() { Path = variant.DaemonPath ?? options.DaemonPath, Prefix = PrefixOf(variant) };

    private static string PrefixOf(BenchVariant variant) => $"/bench/{variant.Name}";

    private static async Task<IReadOnlyList<BenchPath>> LayAsync(
        LabCluster cluster, BenchOptions options, Progress progress, CancellationToken ct)
    {
        (LabHost first, LabHost second) = (cluster.Hosts[0], cluster.Hosts[1]);
        List<BenchPath> paths = [];
        if (options.Paths.Contains(BenchPath.Direct))
            paths.Add(new BenchPath(BenchPath.Direct, Underlay(first), Underlay(second), options.Mtu, null, []));

        if (options.Paths.Contains(BenchPath.Vxlan))
        {
            progress.Begin("making vxlan devices");
            int mtu = options.Mtu - VxlanPair.Overhead;
            (Endpoint from, Endpoint to) = await VxlanPair.CreateAsync(first, second, mtu, ct);
            paths.Add(new BenchPath(BenchPath.Vxlan, from, to, mtu, null, []));
        }

        return paths;

        static Endpoint Underlay(LabHost host) => new(host.Name, host.Namespace, host.Address);
    }

    private static async Task<IReadOnlyList<BenchPath>> StartAsync(
        LabCluster cluster, BenchOptions options, BenchVariant[] variants, Progress progress, CancellationToken ct)
    {
        if (variants.Length == 0)
            return [];

        progress.Begin("starting etcd and the daemons");
        string[] backends = [.. variants.Select(variant => BackendOf(options, variant))];
        await cluster.Etcd.StartAsync(ct);
        foreach ((int index, BenchVariant variant) in variants.Index())
            await cluster.Etcd.PutAsync($"{PrefixOf(variant)}/config", ConfigOf(index, backends[index]), ct);

        await cluster.StartDaemonsAsync(ct);
        return
        [
            .. cluster.Hosts.Chunk(2).Zip(variants, backends)
                .Select(one => PathOf(one.Second, one.First[0], one.First[1], one.Third)),
        ];
    }

    private static BenchPath PathOf(BenchVariant variant, LabHost first, LabHost second, string backend)
    {
        (FlannelDaemon here, FlannelDaemon there) = (first.Daemons[0], second.Daemons[0]);
        return new BenchPath(
            variant.Name, first.OverlayEndpoint(here), second.OverlayEndpoint(there), here.Env.Mtu, backend, [here, there]);
    }

    private static string BackendOf(BenchOptions options, BenchVariant variant) => variant.BackendJson is { } own
        ? BenchArguments.MergeBackend("--compare", own)
        : BenchArguments.MergeBackend("--backend-json", options.BackendJson);

    private static string ConfigOf(int index, string backend) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"Network":"10.{{5 + index}}.0.0/16","Backend":{{backend}}}""");

    private static async Task ConvergeAsync(BenchPath path, CancellationToken ct)
    {
        try
        {
            _ = await Ping.WaitForMeshAsync(path.Ends, ConvergenceLimit, ct);
        }
        catch (LabException error)
        {
            string logs = string.Join('\n', path.Daemons.Select(daemon => daemon.DescribeLog()));
            throw new LabException($"the path {path.Name} carries nothing: {error.Message}\n{logs}", error);
        }
    }
}

using System.Text.Json;

namespace FastFlannel.Lab;

/// <summary>Builds a cluster, shows that it works, and removes it: <c>fastflannel lab run</c>.</summary>
public static class LabRun
{
    private const int Width = 80;
    private const int StreamSeconds = 3;

    private static readonly TimeSpan ConvergenceLimit = TimeSpan.FromSeconds(10);
    private static readonly string[] PingArguments = ["-c", "3", "-i", "0.2", "-W", "1"];

    /// <summary>Runs.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="ct">Ends the run early, as Ctrl-C does; the lab is removed all the same.</param>
    /// <returns>0 only if every pair worked and TCP moved data both ways; 130 when interrupted; 1 otherwise.</returns>
    public static Task<int> RunAsync(LabRunOptions options, CancellationToken ct) => LabTerminal.RunAsync(
        (progress, token) => RunAsync(options, progress, token), found => Finish(options, found.Report, found.Log), ct);

    private static int Finish(LabRunOptions options, LabReport report, string? log)
    {
        if (options.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(report, LabReportJson.Default.LabReport));
        else
            ReportView.Write(LabTerminal.ConsoleOn(Console.Out, Width), report);

        if (log is not null)
            Console.Error.WriteLine(log);

        return report.Ok ? 0 : 1;
    }

    private static async Task<(LabReport Report, string? Log)> RunAsync(
        LabRunOptions options, Progress progress, CancellationToken ct)
    {
        progress.Begin($"making {options.Hosts} hosts");
        var clusterOptions = new LabClusterOptions
        {
            DaemonPath = options.DaemonPath,
            Hosts = options.Hosts,
            Backend = options.Backend,
            BackendFields = options.BackendFields,
            Ipv6Network = options.Ipv6 ? LabClusterOptions.UsualIpv6Network : null,
        };
        await using LabCluster cluster = await LabCluster.CreateAsync(clusterOptions, ct);

        progress.Begin("starting etcd");
        await cluster.StartEtcdAsync(ct);

        progress.Begin("starting the daemons");
        await cluster.StartDaemonsAsync(ct);
        await cluster.AddContainersAsync(ct);

        LabReport report = await MeasureAsync(cluster, progress, ct);
        progress.Begin("removing everything");
        return (report, report.Ok ? null : Culprit(cluster, report).DescribeLog());
    }

    private static async Task<LabReport> MeasureAsync(LabCluster cluster, Progress progress, CancellationToken ct)
    {
        FamilyReport ipv4 = await MeasureAsync(cluster, cluster.Options.Network, cluster.Containers, progress, ct);
        FamilyReport? ipv6 = cluster.Options.Ipv6Network is { } network
            ? await MeasureAsync(cluster, network, cluster.Ipv6Containers, progress, ct)
            : null;

        HostReport[] hosts = await Task.WhenAll(cluster.Hosts.Select(host => DescribeAsync(host, ct)));
        return new LabReport(cluster.Options.Backend, ipv4.Network, hosts, ipv4.Pings, ipv4.Tcp) { Ipv6 = ipv6 };
    }

    private static async Task<FamilyReport> MeasureAsync(
        LabCluster cluster, string network, IReadOnlyList<Endpoint> containers, Progress progress, CancellationToken ct)
    {
        progress.Begin($"waiting until every container of {network} reaches every other");
        await ConvergeAsync(containers, ct);

        progress.Begin("pinging every pair");
        IReadOnlyList<PingResult> pings = await Ping.MeshAsync(containers, PingArguments, ct);

        progress.Begin("measuring TCP, 3 s in each direction");
        string log = Path.Combine(cluster.Directory, "iperf3.log");
        IReadOnlyList<TcpResult> tcp = await TcpStream.MeasureAsync(containers[0], containers[^1], StreamSeconds, log, ct);
        return new FamilyReport(network, pings, tcp);
    }

    private static async Task ConvergeAsync(IReadOnlyList<Endpoint> containers, CancellationToken ct)
    {
        try
        {
            _ = await Ping.WaitForMeshAsync(containers, ConvergenceLimit, ct);
        }
        catch (LabException)
        {
            // The matrix shows which pairs are lost, and better.
        }
    }

    private static async Task<HostReport> DescribeAsync(LabHost host, CancellationToken ct)
    {
        SubnetEnv env = host.Daemons[0].Env;
        OverlayDevice? device = await OverlayDevice.FindAsync(host.Namespace, env, ct);
        return new HostReport(host.Name, host.Address, $"{env.OverlayAddress}/{env.Length}", device?.Name, env.Mtu)
        {
            Ipv6Subnet = env.Ipv6 is { } ipv6 ? $"{ipv6.OverlayAddress}/{ipv6.Length}" : null,
        };
    }

    /// <summary>The daemon whose log explains a failure best: one that has ended, else the one with most lost pairs.</summary>
    private static FlannelDaemon Culprit(LabCluster cluster, LabReport report)
    {
        LabHost worst = cluster.Hosts.FirstOrDefault(host => !host.Daemons[0].IsRunning)
            ?? cluster.Hosts.MaxBy(host => report.AllPings.Count(ping => !ping.Ok && IsAtEither(ping, host)))!;
        return worst.Daemons[0];

        static bool IsAtEither(PingResult ping, LabHost host) =>
            ping.From == host.Containers[0].Name || ping.To == host.Containers[0].Name;
    }
}

namespace FastFlannel.Lab;

/// <summary>
/// Measures in rounds. Within a round every metric is measured on every path before the next metric's turn comes, so that what
/// is compared was measured close together; each round begins with another path.
/// </summary>
internal sealed class BenchRounds
{
    private const int PayloadOfSmall = 64;

    private static readonly string[] PingArguments = ["-c", "50", "-i", "0.01"];

    private readonly BenchBed _bed;
    private readonly BenchOptions _options;
    private readonly List<BenchSample> _samples = [];

    public BenchRounds(BenchBed bed, BenchOptions options) => (_bed, _options) = (bed, options);

    /// <summary>What was measured so far.</summary>
    public IReadOnlyList<BenchSample> Samples => _samples;

    /// <summary>TCP's congestion control, once TCP was measured.</summary>
    public string? TcpCongestion { get; private set; }

    /// <summary>Measures everything.</summary>
    /// <param name="progress">Is told what begins.</param>
    /// <param name="ct">Gives up early.</param>
    public async Task RunAsync(Progress progress, CancellationToken ct)
    {
        for (int round = 1; round <= _options.Rounds; round++)
        {
            foreach (BenchMetric metric in _options.Metrics)
            {
                foreach (BenchPath path in Turns(_bed.Paths, round))
                {
                    progress.Begin($"round {round} of {_options.Rounds}: {BenchUnits.NameOf(metric)} on {path.Name}");
                    _samples.Add(await TryMeasureAsync(path, metric, round, ct));
                }
            }
        }
    }

    /// <summary>The order of a round.</summary>
    internal static IEnumerable<T> Turns<T>(IReadOnlyList<T> all, int round) =>
        Enumerable.Range(0, all.Count).Select(turn => all[(turn + round - 1) % all.Count]);

    private async Task<BenchSample> TryMeasureAsync(BenchPath path, BenchMetric metric, int round, CancellationToken ct)
    {
        var sample = new BenchSample(path.Name, metric, round, null);
        try
        {
            return metric switch
            {
                BenchMetric.Tcp1 => await StreamAsync(sample, path, ct),
                BenchMetric.Tcp4 => await StreamsAsync(sample, path, ct),
                BenchMetric.Udp64 => await FloodAsync(sample, path, ct),
                _ => await PingAsync(sample, path, ct),
            };
        }
        catch (LabException error)
        {
            return sample with { Error = error.Message };
        }
    }

    private async Task<BenchSample> StreamAsync(BenchSample sample, BenchPath path, CancellationToken ct)
    {
        TimeSpan before = ProcessorTime(path);
        IperfReport report = await IperfAsync(path, [], ct);
        TimeSpan used = ProcessorTime(path) - before;
        TcpCongestion ??= report.Congestion;
        return Tcp(sample, report) with
        {
            CpuSecondsPerGigabyte = path.Daemons.Count > 0 ? used.TotalSeconds / (report.Received.Bytes / 1e9) : null,
        };
    }

    private async Task<BenchSample> StreamsAsync(BenchSample sample, BenchPath path, CancellationToken ct)
    {
        IperfReport report = await IperfAsync(path, ["-P", "4"], ct);
        TcpCongestion ??= report.Congestion;
        return Tcp(sample, report);
    }

    private async Task<BenchSample> FloodAsync(BenchSample sample, BenchPath path, CancellationToken ct)
    {
        IperfReport report = await IperfAsync(path, ["-u", "-b", "0", "-l", $"{PayloadOfSmall}"], ct);
        return report.Received.Packets > 0
            ? sample with { Value = report.Received.PacketsPerSecond, Offered = report.SentPerSecond }
            : sample with { Offered = report.SentPerSecond, Error = "no packet arrived" };
    }

    private static async Task<BenchSample> PingAsync(BenchSample sample, BenchPath path, CancellationToken ct)
    {
        PingResult result = await Ping.MeasureAsync(path.From, path.To, PingArguments, ct);
        return result.Ok
            ? sample with { Value = result.AverageMilliseconds * 1000 }
            : sample with { Error = $"{result.Received} of {result.Sent} pings came back" };
    }

    private Task<IperfReport> IperfAsync(BenchPath path, IReadOnlyList<string> arguments, CancellationToken ct) =>
        IperfRun.MeasureAsync(path.From, path.To, _options.Seconds, arguments, _bed.LogFile, ct);

    private static BenchSample Tcp(BenchSample sample, IperfReport report) => report.Received.Bytes > 0
        ? sample with { Value = report.Received.GigabitsPerSecond, Retransmits = report.Retransmits }
        : sample with { Error = "no byte arrived" };

    private static TimeSpan ProcessorTime(BenchPath path) =>
        path.Daemons.Aggregate(TimeSpan.Zero, (sum, daemon) => sum + daemon.ProcessorTime);
}

using System.Diagnostics;
using System.Text.Json;

namespace FastFlannel.Lab;

/// <summary>Sees what peers that change all the time do to the packets between two others: <c>fastflannel lab storm</c>.</summary>
internal static class StormRun
{
    private static readonly StormWeather[] Weathers = Enum.GetValues<StormWeather>();

    // The network config's Backend, by the way that TCP and pings go.
    private static readonly (string Way, string Fields)[] Ways = [("router", StormBed.RouterOnly), ("kernel tunnel", "{}")];

    /// <summary>Runs.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="output">Where to print.</param>
    /// <param name="ct">Ends the run early; the lab is removed all the same.</param>
    /// <returns>
    /// 0 when no packet went wrong, and with <see cref="StormOptions.Require"/> when every requirement is met, too; 130 when interrupted;
    /// 1 otherwise.
    /// </returns>
    public static Task<int> RunAsync(StormOptions options, TextWriter output, CancellationToken ct) => LabTerminal.RunAsync(
        (progress, token) => MeasureAsync(options, progress, token), report => Finish(options, report, output), ct);

    private static int Finish(StormOptions options, StormReport report, TextWriter output)
    {
        if (options.Json)
            output.WriteLine(JsonSerializer.Serialize(report, StormReportJson.Default.StormReport));
        else
            StormView.Write(output, report);

        return report.ExitCode(options.Require);
    }

    private static async Task<StormReport> MeasureAsync(StormOptions options, Progress progress, CancellationToken ct)
    {
        List<StormSample> samples = [];
        List<string> problems = [];
        foreach ((string way, string fields) in Ways)
        {
            progress.Begin($"two hosts and {options.Peers} peers, by the {way}");
            await using StormBed bed = await StormBed.CreateAsync(options.DaemonPath, 2, options.Peers, fields, ct);
            using StormTraffic traffic = bed.StartTraffic([bed.Hosts.First()]);
            var run = new Measurement(options, bed, traffic, way);
            for (int round = 1; round <= options.Rounds; round++)
            {
                // Each round begins with another one.
                foreach (StormWeather weather in Enumerable.Range(round - 1, Weathers.Length).Select(i => Weathers[i % Weathers.Length]))
                {
                    progress.Begin($"{weather.ToString().ToLowerInvariant()} by the {way}, round {round} of {options.Rounds}");
                    samples.Add(await run.TakeAsync(round, weather, ct));
                }
            }

            problems.AddRange(traffic.Flows.SelectMany(flow => flow.Problems));
        }

        progress.Begin("removing everything");
        return new StormReport(options.Peers, options.Rate, options.Seconds, samples, problems);
    }

    private sealed class Measurement(StormOptions options, StormBed bed, StormTraffic traffic, string way)
    {
        private readonly StormPeers _elsewhere = new(options.Peers + 1, steady: 1, "/elsewhere");

        public async Task<StormSample> TakeAsync(int round, StormWeather weather, CancellationToken ct)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
            Counts before = await CountAsync(ct);
            var writer = new StormWriter(bed.Etcd, weather == StormWeather.Storm ? bed.Peers : _elsewhere);
            Task<TimeSpan> writing = weather == StormWeather.Calm
                ? Task.FromResult(TimeSpan.FromSeconds(1))
                : writer.RunAsync(options.Rate, int.MaxValue, enough.Token);
            IperfReport stream;
            try
            {
                stream = await IperfRun.MeasureAsync(
                    bed.HostEnds[0],
                    bed.HostEnds[1],
                    options.Seconds,
                    [],
                    Path.Combine(bed.Cluster.Directory, "iperf3.log"),
                    ct);
            }
            finally
            {
                await enough.CancelAsync();
                await writing.ContinueWith(static _ => { }, TaskScheduler.Default);
            }

            TimeSpan took = await writing;
            Counts after = await CountAsync(ct);
            await bed.SettleAsync(traffic, ct);
            return new StormSample(
                round,
                way,
                weather,
                stream.Received.GigabitsPerSecond,
                writer.Changes / took.TotalSeconds,
                after.Sent - before.Sent,
                Math.Max(0, after.Sent - before.Sent - (after.Received - before.Received)),
                traffic.Flows.Sum(flow => flow.Misdirected) - before.Misdirected,
                after.Collections - before.Collections,
                100 * (after.Processor - before.Processor) / Stopwatch.GetElapsedTime(before.Time, after.Time),
                weather == StormWeather.Storm ? [.. writer.Answered.Select(InForceAfter)] : []);
        }

        private double InForceAfter((long Generation, long Time) change) => traffic.Flows.Max(
            flow => Math.Max(0, Stopwatch.GetElapsedTime(change.Time, flow.FirstSeen(0, change.Generation)!.Value).TotalMilliseconds));

        private async Task<Counts> CountAsync(CancellationToken ct)
        {
            int steady = bed.Peers.Count - 1;
            DaemonStatus?[] statuses = await Task.WhenAll(bed.Daemons.Select(daemon => daemon.ReadStatusAsync(ct)));
            return new Counts(
                Stopwatch.GetTimestamp(),
                traffic.Flows.Sum(flow => flow.SentTo(steady)),
                traffic.Flows.Sum(flow => flow.ReceivedFrom(steady)),
                traffic.Flows.Sum(flow => flow.Misdirected),
                statuses.Sum(status => status?.Gc?.Collections ?? 0),
                bed.Daemons.Aggregate(TimeSpan.Zero, (sum, daemon) => sum + daemon.ProcessorTime));
        }
    }

    private readonly record struct Counts(
        long Time, long Sent, long Received, long Misdirected, long Collections, TimeSpan Processor);
}

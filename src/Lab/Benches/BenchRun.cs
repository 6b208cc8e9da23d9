using System.Text.Json;

namespace FastFlannel.Lab;

/// <summary>Sets paths between hosts up side by side, measures them in turn, removes them: <c>lab bench</c>.</summary>
public static class BenchRun
{
    private const int Width = 100;

    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(3);

    /// <summary>Runs.</summary>
    /// <param name="options">What to measure.</param>
    /// <param name="ct">Ends the run early, as Ctrl-C does; the lab is removed all the same.</param>
    /// <returns>
    /// 0 when everything could be measured, and with <see cref="BenchOptions.Require"/> when every requirement is met, too; 130
    /// when interrupted; 1 otherwise.
    /// </returns>
    public static Task<int> RunAsync(BenchOptions options, CancellationToken ct) => LabTerminal.RunAsync(
        (progress, token) => MeasureAsync(options, progress, token), found => Finish(options, found.Report, found.Log), ct);

    private static int Finish(BenchOptions options, BenchReport report, string? log)
    {
        if (options.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(report, BenchReportJson.Default.BenchReport));
        else
            BenchView.Write(LabTerminal.ConsoleOn(Console.Out, Width), report);

        if (log is not null)
            Console.Error.WriteLine(log);

        return report.ExitCode(options.Require);
    }

    private static async Task<(BenchReport Report, string? Log)> MeasureAsync(
        BenchOptions options, Progress progress, CancellationToken ct)
    {
        await using BenchBed bed = await BenchBed.CreateAsync(options, progress, ct);
        FlannelDaemon[] daemons = [.. bed.Paths.SelectMany(path => path.Daemons)];
        Dictionary<FlannelDaemon, double> idle = [];
        if (daemons.Length > 0)
        {
            progress.Begin("measuring what idle daemons use");
            idle = daemons.Zip(await BenchDaemons.MeasureCpuAsync(daemons, IdleInterval, ct)).ToDictionary();
        }

        Dictionary<FlannelDaemon, DaemonStatus?> before = await StatusAsync(daemons, ct);
        var rounds = new BenchRounds(bed, options);
        await rounds.RunAsync(progress, ct);
        Dictionary<FlannelDaemon, DaemonStatus?> after = await StatusAsync(daemons, ct);

        var report = new BenchReport(
            options.Rounds, options.Seconds, options.Mtu, [.. bed.Paths.Select(Describe)], rounds.Samples)
        {
            TcpCongestion = rounds.TcpCongestion,
        };
        progress.Begin("removing everything");
        return (report, DescribeFailure(bed, report));

        BenchPathReport Describe(BenchPath path)
        {
            BenchDaemons? own = path.Daemons.Count == 0 ? null : BenchDaemons.Of(
                path.Daemons[0].Binary,
                path.Daemons.Max(daemon => idle[daemon]),
                [.. path.Daemons.Select(daemon => before[daemon])],
                [.. path.Daemons.Select(daemon => after[daemon])]);
            return new BenchPathReport(path.Name, path.From.Address, path.To.Address, path.Mtu, path.Backend, own);
        }
    }

    private static async Task<Dictionary<FlannelDaemon, DaemonStatus?>> StatusAsync(
        FlannelDaemon[] daemons, CancellationToken ct) =>
        daemons.Zip(await Task.WhenAll(daemons.Select(daemon => daemon.ReadStatusAsync(ct)))).ToDictionary();

    /// <summary>The log that explains best why a udp path failed: of a daemon that has ended, else of the sender's.</summary>
    private static string? DescribeFailure(BenchBed bed, BenchReport report)
    {
        FlannelDaemon[] suspects =
        [
            .. bed.Paths.Where(path => report.Samples.Any(sample => sample.Path == path.Name && sample.Error is not null))
                .SelectMany(path => path.Daemons),
        ];
        return (suspects.FirstOrDefault(daemon => !daemon.IsRunning) ?? suspects.FirstOrDefault())?.DescribeLog();
    }
}

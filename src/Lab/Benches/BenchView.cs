using System.Globalization;
using Spectre.Console;

namespace FastFlannel.Lab;

/// <summary>Lays a bench's report out for a person, within 100 columns.</summary>
internal static class BenchView
{
    private const string Nothing = "[grey]-[/]";

    public static void Write(IAnsiConsole console, BenchReport report)
    {
        string tcp = report.TcpCongestion is { } name ? $", TCP {name}" : "";
        console.MarkupLineInterpolated(
            $"[bold]host to host, underlay MTU {report.UnderlayMtu}, {Rounds(report.Rounds)}, {report.Seconds} s a run{tcp}[/]");
        console.MarkupLine("\"of\" and \"over\" compare with the value of the same round");
        foreach (IGrouping<BenchMetric, BenchSummary> metric in report.Summaries.GroupBy(summary => summary.Metric))
        {
            console.WriteLine();
            console.MarkupLineInterpolated($"[bold]{BenchUnits.TitleOf(metric.Key)}[/]");
            console.Write(Values(metric.Key, report, metric));
        }

        WriteDaemons(console, report);
        WriteRequirements(console, report);
        WriteFailures(console, report);
    }

    private static Table Values(BenchMetric metric, BenchReport report, IEnumerable<BenchSummary> summaries)
    {
        string[] extra = metric switch
        {
            BenchMetric.Tcp1 => ["resent", "CPU s/GB"],
            BenchMetric.Tcp4 => ["resent"],
            BenchMetric.Udp64 => ["offered"],
            _ => ["over direct"],
        };
        Table table = New(["path", "median (min–max)", "of vxlan", "of direct", .. extra]);
        Dictionary<string, BenchSummary> byPath = summaries.ToDictionary(summary => summary.Path);
        foreach (BenchPathReport path in report.Paths)
        {
            if (!byPath.TryGetValue(path.Name, out BenchSummary? summary))
            {
                _ = table.AddRow(path.Name, "[red]failed[/]");
                continue;
            }

            string[] ratios = [Cell(summary.OfVxlan, "0.00"), Cell(summary.OfDirect, "0.00")];
            _ = table.AddRow([path.Name, Value(metric, summary.Value), .. ratios, .. Extra(summary)]);
        }

        return table;
    }

    private static string[] Extra(BenchSummary summary) => summary.Metric switch
    {
        BenchMetric.Tcp1 => [Median(summary.Retransmits, "0"), Median(summary.CpuSecondsPerGigabyte, "0.00")],
        BenchMetric.Tcp4 => [Median(summary.Retransmits, "0")],
        BenchMetric.Udp64 => [Value(BenchMetric.Udp64, summary.Offered)],
        _ => [Cell(summary.OverDirect, "0")],
    };

    private static string Value(BenchMetric metric, Spread? spread) => metric switch
    {
        BenchMetric.Udp64 => Cell(spread is null ? null : new(spread.Median / 1e3, spread.Min / 1e3, spread.Max / 1e3), "0.0"),
        BenchMetric.Ping => Cell(spread, "0"),
        _ => Cell(spread, "0.00"),
    };

    private static string Median(Spread? spread, string format) => spread is null ? Nothing : Number(spread.Median, format);

    private static void WriteDaemons(IAnsiConsole console, BenchReport report)
    {
        BenchPathReport[] ours = [.. report.Paths.Where(path => path.Daemons is not null)];
        if (ours.Length == 0)
            return;

        console.WriteLine();
        console.MarkupLine("[bold]the daemons of each udp path[/]");
        Table table = New("path", "MTU", "queues", "offloads on", "idle CPU", "allocated", "GCs", "dropped");
        foreach (BenchPathReport path in ours)
        {
            BenchDaemons daemons = path.Daemons!;
            DaemonStatus? status = daemons.Status?[0];
            _ = table.AddRow(
                path.Name,
                Text(path.Mtu),
                Text(status?.Queues),
                status?.Offloads is { } offloads ? Markup.Escape(OnOf(offloads)) : Nothing,
                string.Create(CultureInfo.InvariantCulture, $"{daemons.IdleCpuPercent:0.0} %"),
                Text(daemons.AllocatedBytes),
                Text(daemons.Collections),
                daemons.Drops is { } drops ? Markup.Escape(Listed(drops)) : Nothing);
        }

        console.Write(table);
        if (ours.Any(path => path.Daemons!.Status is null))
            console.MarkupLine("[grey]- not available: the daemon serves no /status[/]");
    }

    private static void WriteRequirements(IAnsiConsole console, BenchReport report)
    {
        if (report.Requirements.Count == 0)
            return;

        console.WriteLine();
        console.MarkupLine("[bold]requirements[/]");
        string[] paths = [.. report.Requirements.Select(verdict => verdict.Path).Distinct()];
        Table table = New(["", "wanted", .. paths]);
        foreach (IGrouping<string, BenchVerdict> row in report.Requirements.GroupBy(verdict => verdict.Requirement))
            _ = table.AddRow([row.Key, Wanted(row.First()), .. row.Select(Verdict)]);

        console.Write(table);
    }

    private static void WriteFailures(IAnsiConsole console, BenchReport report)
    {
        foreach (BenchSample sample in report.Samples.Where(sample => sample.Error is not null))
        {
            console.MarkupLineInterpolated(
                $"[red]round {sample.Round}, {BenchUnits.NameOf(sample.Metric)} on {sample.Path}: {sample.Error!}[/]");
        }
    }

    private static string Wanted(BenchVerdict verdict)
    {
        string sign = verdict.Bound switch { BenchBound.AtLeast => ">= ", BenchBound.Below => "< ", _ => "<= " };
        return $"{(verdict.Limit == 0 ? "" : sign)}{Number(verdict.Limit, "0.##")} {verdict.Unit}".TrimEnd();
    }

    private static string Verdict(BenchVerdict verdict) => verdict.Met switch
    {
        null => "[grey]n/a[/]",
        true => $"[green]{Number(verdict.Value!.Value, "0.##")} pass[/]",
        false => $"[red]{Number(verdict.Value!.Value, "0.###")} FAIL[/]",
    };

    private static string Cell(Spread? spread, string format)
    {
        if (spread is null)
            return Nothing;

        string median = Number(spread.Median, format);
        return spread.Min == spread.Max
            ? median
            : $"{median} [grey]({Number(spread.Min, format)}–{Number(spread.Max, format)})[/]";
    }

    private static string OnOf(IReadOnlyDictionary<string, string> offloads) =>
        string.Join(' ', offloads.Where(offload => offload.Value == "on").Select(offload => offload.Key)) is { Length: > 0 } on
            ? on
            : "none";

    private static string Listed(IReadOnlyDictionary<string, long> drops) =>
        drops.Count == 0
            ? "0"
            : string.Join(' ', drops.OrderByDescending(drop => drop.Value).Select(drop => $"{drop.Key}:{drop.Value}"));

    private static string Rounds(int count) => count == 1 ? "1 round" : $"{count} rounds";

    private static string Text(long? value) => value is { } number ? Number(number, "0") : Nothing;

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static Table New(params string[] columns)
    {
        Table table = new Table().RoundedBorder();
        foreach ((int index, string column) in columns.Index())
            _ = table.AddColumn(new TableColumn(column) { Alignment = index == 0 ? Justify.Left : Justify.Right });

        return table;
    }
}

namespace FastFlannel.Lab.Tests;

public class BenchViewTests
{
    [Fact]
    public void The_largest_report_fits_a_hundred_columns()
    {
        string[] names = ["udp", .. Enumerable.Range(1, BenchArguments.MaxVariants).Select(number => $"a-variant-{number:00}")];
        string[] lines = Lines(Reports.Of([.. names.Select(name => (name, (BenchDaemons?)Busy(), Wide(name)))]));

        Assert.All(lines, line => Assert.InRange(line.Length, 0, 100));
        Assert.All(names, name => Assert.Contains(lines, line => line.Contains($"│ {name} ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_row_of_values_is_one_line()
    {
        string[] lines = Lines(Reports.Of(("a-variant-01", Busy(), Wide("a-variant-01"))));

        // A row of each metric's table and of the daemons'; the requirements have it in their heading.
        Assert.Equal(5, lines.Count(line => line.StartsWith("│ a-variant-01 │", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.Contains("12.34 (11.11–19.99)", StringComparison.Ordinal));
    }

    [Fact]
    public void What_failed_is_said()
    {
        string[] lines = Lines(Reports.Of(
            ("udp", Reports.Daemons, [new BenchSample("udp", BenchMetric.Ping, 1, null) { Error = "[49 of 50] came back" }])));

        Assert.Contains("round 1, ping on udp: [49 of 50] came back", lines);
        Assert.Contains(lines, line => line.StartsWith("│ udp    │ ", StringComparison.Ordinal) && line.Contains("failed"));
    }

    [Fact]
    public void A_daemon_without_a_status_is_said_to_have_none()
    {
        BenchDaemons silent = Reports.Daemons with { AllocatedBytes = null, Collections = null, Drops = null };
        string[] lines = Lines(Reports.Of(("udp", silent, Reports.Samples("udp", 9, 9, 10, 70))));

        Assert.Contains(lines, line => line.Contains("not available", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("n/a", StringComparison.Ordinal));
    }

    private static BenchDaemons Busy() => Reports.Daemons with
    {
        Status =
        [
            new DaemonStatus
            {
                Queues = 2,
                Offloads = new Dictionary<string, string> { ["tso"] = "on", ["uso"] = "off", ["gro"] = "on", ["gso"] = "on" },
            },
        ],
        AllocatedBytes = 1_234_567,
        Drops = new Dictionary<string, long> { ["noRoute"] = 12, ["malformed"] = 345_678 },
    };

    private static BenchSample[] Wide(string path) =>
    [
        .. new[] { 11.11, 12.34, 19.99 }.SelectMany((value, index) => Enum.GetValues<BenchMetric>().Select(metric =>
            new BenchSample(path, metric, index + 1, metric == BenchMetric.Udp64 ? value * 10_000 : value)
            {
                Retransmits = metric is BenchMetric.Tcp1 or BenchMetric.Tcp4 ? 12_345 : null,
                Offered = metric == BenchMetric.Udp64 ? value * 20_000 : null,
                CpuSecondsPerGigabyte = metric == BenchMetric.Tcp1 ? 12.34 : null,
            })),
    ];

    private static string[] Lines(BenchReport report)
    {
        using var writer = new StringWriter();
        BenchView.Write(LabTerminal.ConsoleOn(writer, 100), report);
        return writer.ToString().Split('\n');
    }
}

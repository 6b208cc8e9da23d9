namespace FastFlannel.Lab;

/// <summary>Whether a path meets one of the project's requirements.</summary>
/// <param name="Path">Which udp path.</param>
/// <param name="Requirement">What is looked at.</param>
/// <param name="Bound">Which side of the limit is good.</param>
/// <param name="Limit">The limit.</param>
/// <param name="Unit">Of the limit and the value; empty for a ratio or a count.</param>
/// <param name="Value">What was measured, or <see langword="null"/> when it was not.</param>
public sealed record BenchVerdict(
    string Path, string Requirement, BenchBound Bound, double Limit, string Unit, double? Value)
{
    // What flanneld's udp backend reaches of vxlan's throughput with one TCP stream.
    private const double FlanneldOfVxlan = 0.03;

    /// <summary>Whether it is met; <see langword="null"/> when nothing was measured.</summary>
    public bool? Met => (Value, Bound) switch
    {
        (null, _) => null,
        (double value, BenchBound.AtLeast) => value >= Limit,
        (double value, BenchBound.AtMost) => value <= Limit,
        (double value, _) => value < Limit,
    };

    /// <summary>Judges every udp path of a report.</summary>
    /// <param name="report">What was measured.</param>
    public static IReadOnlyList<BenchVerdict> Of(BenchReport report) =>
        [.. report.Paths.Where(path => path.Daemons is not null).SelectMany(path => Of(path, report.Summaries))];

    private static IEnumerable<BenchVerdict> Of(BenchPathReport path, IReadOnlyList<BenchSummary> summaries)
    {
        double? stream = OfVxlan(BenchMetric.Tcp1);
        BenchDaemons daemons = path.Daemons!;
        return
        [
            Judge("TCP 1 stream, of vxlan", BenchBound.AtLeast, 0.75, "", stream),
            Judge("TCP 1 stream, of flanneld (0.03 vxlan)", BenchBound.AtLeast, 25, "x", stream / FlanneldOfVxlan),
            Judge("TCP 4 streams, of vxlan", BenchBound.AtLeast, 0.5, "", OfVxlan(BenchMetric.Tcp4)),
            Judge("UDP 64 bytes received, of vxlan", BenchBound.AtLeast, 1, "", OfVxlan(BenchMetric.Udp64)),
            Judge("idle ping over direct", BenchBound.AtMost, 60, "us", Find(BenchMetric.Ping)?.OverDirect?.Median),
            Judge("allocated by the packet loops", BenchBound.AtMost, 0, "bytes", daemons.AllocatedBytes),
            Judge("garbage collections", BenchBound.AtMost, 0, "", daemons.Collections),
            Judge("CPU of an idle daemon", BenchBound.Below, 1, "%", daemons.IdleCpuPercent),
        ];

        BenchSummary? Find(BenchMetric metric) =>
            summaries.FirstOrDefault(summary => summary.Path == path.Name && summary.Metric == metric);

        double? OfVxlan(BenchMetric metric) => Find(metric)?.OfVxlan?.Median;

        BenchVerdict Judge(string requirement, BenchBound bound, double limit, string unit, double? value) =>
            new(path.Name, requirement, bound, limit, unit, value);
    }
}

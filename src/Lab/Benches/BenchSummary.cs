namespace FastFlannel.Lab;

/// <summary>What all rounds say of one metric on one path.</summary>
/// <param name="Path">The path.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Unit">The unit of <paramref name="Value"/>.</param>
/// <param name="Value">The values.</param>
public sealed record BenchSummary(string Path, BenchMetric Metric, string Unit, Spread Value)
{
    /// <summary>The ratios to vxlan's value of the same round.</summary>
    public Spread? OfVxlan { get; init; }

    /// <summary>The ratios to direct's value of the same round.</summary>
    public Spread? OfDirect { get; init; }

    /// <summary>The differences to direct's value of the same round; for pings.</summary>
    public Spread? OverDirect { get; init; }

    /// <summary>See <see cref="BenchSample.Retransmits"/>.</summary>
    public Spread? Retransmits { get; init; }

    /// <summary>See <see cref="BenchSample.Offered"/>.</summary>
    public Spread? Offered { get; init; }

    /// <summary>See <see cref="BenchSample.CpuSecondsPerGigabyte"/>.</summary>
    public Spread? CpuSecondsPerGigabyte { get; init; }

    /// <summary>Summarises samples, path by path within each metric, in the order they are first met.</summary>
    /// <param name="samples">Of all paths, metrics and rounds; those without a value are left out.</param>
    public static IReadOnlyList<BenchSummary> Of(IReadOnlyList<BenchSample> samples)
    {
        BenchSample[] valid = [.. samples.Where(sample => sample.Value is not null)];
        return
        [
            .. valid.GroupBy(sample => sample.Metric).SelectMany(metric => metric.GroupBy(sample => sample.Path)
                .Select(path => Summarise(metric.Key, path.Key, [.. path], [.. metric]))),
        ];
    }

    private static BenchSummary Summarise(BenchMetric metric, string path, BenchSample[] own, BenchSample[] all)
    {
        return new BenchSummary(path, metric, BenchUnits.UnitOf(metric), Spread.Of(own.Select(sample => sample.Value!.Value))!)
        {
            OfVxlan = Against(BenchPath.Vxlan, (value, other) => value / other),
            OfDirect = Against(BenchPath.Direct, (value, other) => value / other),
            OverDirect = metric == BenchMetric.Ping ? Against(BenchPath.Direct, (value, other) => value - other) : null,
            Retransmits = Over(sample => sample.Retransmits),
            Offered = Over(sample => sample.Offered),
            CpuSecondsPerGigabyte = Over(sample => sample.CpuSecondsPerGigabyte),
        };

        // Round by round: what slows the whole machine for a while slows both.
        Spread? Against(string other, Func<double, double, double> compare) => other == path
            ? null
            : Spread.Of(own.Join(
                all.Where(sample => sample.Path == other && sample.Value > 0),
                sample => sample.Round,
                sample => sample.Round,
                (sample, against) => compare(sample.Value!.Value, against.Value!.Value)));

        Spread? Over(Func<BenchSample, double?> part) => Spread.Of(own.Select(part).OfType<double>());
    }
}

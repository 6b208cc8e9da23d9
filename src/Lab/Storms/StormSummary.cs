namespace FastFlannel.Lab;

/// <summary>All measurements of one way in one weather.</summary>
/// <param name="Way">How TCP goes.</param>
/// <param name="Weather">What happened in etcd meanwhile.</param>
/// <param name="GigabitsPerSecond">What one TCP stream moved.</param>
/// <param name="OfCalm">The same as a share of the value in calm in the same round.</param>
/// <param name="OfElsewhere">The same as a share of the value with writes elsewhere in the same round.</param>
/// <param name="ChangesPerSecond">How many writes etcd answered a second.</param>
/// <param name="ProbesSent">To a peer whose lease does not change.</param>
/// <param name="ProbesLost">Of these.</param>
/// <param name="Misdirected">Probes that went where no lease in force sent them.</param>
/// <param name="Collections">Garbage collections of both daemons.</param>
/// <param name="ProcessorPercent">Of one processor, what both daemons used.</param>
/// <param name="InForce">How long changes took; null where there were none.</param>
public sealed record StormSummary(
    string Way,
    StormWeather Weather,
    Spread GigabitsPerSecond,
    Spread OfCalm,
    Spread OfElsewhere,
    double ChangesPerSecond,
    long ProbesSent,
    long ProbesLost,
    long Misdirected,
    long Collections,
    double ProcessorPercent,
    StormLag? InForce)
{
    /// <summary>Summarises whole rounds.</summary>
    /// <param name="samples">One of each weather a round and way.</param>
    public static IReadOnlyList<StormSummary> Of(IReadOnlyList<StormSample> samples)
    {
        Dictionary<(string Way, StormWeather Weather, int Round), double> speeds = samples.ToDictionary(
            sample => (sample.Way, sample.Weather, sample.Round), sample => sample.GigabitsPerSecond);
        return [.. samples.GroupBy(sample => sample.Way).SelectMany(
            way => way.GroupBy(sample => (sample.Way, sample.Weather)).OrderBy(group => group.Key.Weather).Select(Summarise))];

        StormSummary Summarise(IGrouping<(string Way, StormWeather Weather), StormSample> group) => new(
            group.Key.Way,
            group.Key.Weather,
            Spread.Of(group.Select(sample => sample.GigabitsPerSecond))!,
            Share(group, StormWeather.Calm),
            Share(group, StormWeather.Elsewhere),
            Spread.Of(group.Select(sample => sample.ChangesPerSecond))!.Median,
            group.Sum(sample => sample.ProbesSent),
            group.Sum(sample => sample.ProbesLost),
            group.Sum(sample => sample.Misdirected),
            group.Sum(sample => sample.Collections),
            Spread.Of(group.Select(sample => sample.ProcessorPercent))!.Median,
            StormLag.Of([.. group.SelectMany(sample => sample.InForceMilliseconds)]));

        Spread Share(IEnumerable<StormSample> group, StormWeather of) => Spread.Of(group.Select(
            sample => sample.GigabitsPerSecond / speeds[(sample.Way, of, sample.Round)]))!;
    }
}

/// <summary>How long changes took to be in force.</summary>
/// <param name="Changes">How many were timed.</param>
/// <param name="Median">In milliseconds.</param>
/// <param name="Percentile99">What 99 % took at most, in milliseconds.</param>
/// <param name="Max">In milliseconds.</param>
public sealed record StormLag(int Changes, double Median, double Percentile99, double Max)
{
    /// <summary>Summarises.</summary>
    /// <param name="milliseconds">In any order.</param>
    /// <returns>The summary, or null when there is none.</returns>
    public static StormLag? Of(IReadOnlyCollection<double> milliseconds)
    {
        double[] sorted = [.. milliseconds.Order()];
        return sorted.Length == 0 ? null : new StormLag(sorted.Length, At(0.5), At(0.99), sorted[^1]);

        double At(double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }
}

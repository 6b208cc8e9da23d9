using System.Text.Json.Serialization;

namespace FastFlannel.Lab;

/// <summary>What a storm did.</summary>
/// <param name="Peers">How many peers changed.</param>
/// <param name="Rate">How many changes a second were asked for.</param>
/// <param name="Seconds">How long each measurement took.</param>
/// <param name="Samples">Every measurement, in the order they were made.</param>
/// <param name="Problems">The first packets that went wrong, in words.</param>
public sealed record StormReport(
    int Peers, int Rate, int Seconds, IReadOnlyList<StormSample> Samples, IReadOnlyList<string> Problems)
{
    private const double LongestMilliseconds = 100;
    private const double SmallestShare = 0.9;

    /// <summary>The samples by way and weather.</summary>
    public IReadOnlyList<StormSummary> Summaries { get; } = StormSummary.Of(Samples);

    /// <summary>The project's requirements, for each way.</summary>
    public IReadOnlyList<BenchVerdict> Requirements =>
        [.. Summaries.Where(summary => summary.Weather == StormWeather.Storm).SelectMany(Judge)];

    /// <summary>Whether no packet went wrong.</summary>
    public bool Ok => Samples.All(sample => sample.Misdirected == 0);

    /// <summary>What the process should end with.</summary>
    /// <param name="require">Whether a requirement that is not met counts.</param>
    /// <returns>0 or 1.</returns>
    public int ExitCode(bool require) => Ok && !(require && Requirements.Any(one => one.Met == false)) ? 0 : 1;

    private IEnumerable<BenchVerdict> Judge(StormSummary storm) =>
    [
        new(storm.Way, "packets to a wrong host", BenchBound.AtMost, 0, "", storm.Misdirected),
        new(storm.Way, "a change in force, at the latest", BenchBound.AtMost, LongestMilliseconds, "ms", storm.InForce?.Max),
        new(storm.Way, "TCP, of that with writes elsewhere", BenchBound.AtLeast, SmallestShare, "", storm.OfElsewhere.Median),
        new(storm.Way, "changes, of those asked for", BenchBound.AtLeast, SmallestShare, "", storm.ChangesPerSecond / Rate),
    ];
}

/// <summary>Writes a report as JSON without reflection.</summary>
[JsonSerializable(typeof(StormReport))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
internal sealed partial class StormReportJson : JsonSerializerContext;

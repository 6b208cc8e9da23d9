using System.Text.Json.Serialization;

namespace FastFlannel.Lab;

/// <summary>What a bench found.</summary>
/// <param name="Rounds">How often everything was measured.</param>
/// <param name="Seconds">How long each iperf3 run sent.</param>
/// <param name="UnderlayMtu">In bytes.</param>
/// <param name="Paths">What was measured.</param>
/// <param name="Samples">Every measurement, in the order they were made.</param>
public sealed record BenchReport(
    int Rounds, int Seconds, int UnderlayMtu, IReadOnlyList<BenchPathReport> Paths, IReadOnlyList<BenchSample> Samples)
{
    /// <summary>TCP's congestion control on every path, or <see langword="null"/> when TCP was not measured.</summary>
    public string? TcpCongestion { get; init; }

    /// <summary>The samples path by path and metric by metric.</summary>
    public IReadOnlyList<BenchSummary> Summaries { get; } = BenchSummary.Of(Samples);

    /// <summary>The project's requirements, for each udp path.</summary>
    public IReadOnlyList<BenchVerdict> Requirements => BenchVerdict.Of(this);

    /// <summary>Whether every measurement succeeded.</summary>
    public bool Ok => Samples.All(sample => sample.Error is null);

    /// <summary>What the process should end with.</summary>
    /// <param name="require">Whether a requirement that the path <c>udp</c> does not meet counts.</param>
    /// <returns>0 or 1.</returns>
    public int ExitCode(bool require) =>
        Ok && !(require && Requirements.Any(one => one is { Path: BenchPath.Udp, Met: false })) ? 0 : 1;
}

/// <summary>A path as it was set up.</summary>
/// <param name="Name">For example <c>vxlan</c>.</param>
/// <param name="From">The address that sends.</param>
/// <param name="To">The address that receives.</param>
/// <param name="Mtu">The largest packet it takes, in bytes.</param>
/// <param name="Backend">The network config's Backend, as JSON text; <see langword="null"/> where no daemon is involved.</param>
/// <param name="Daemons">The path's daemons, or <see langword="null"/> where none is involved.</param>
public sealed record BenchPathReport(string Name, string From, string To, int Mtu, string? Backend, BenchDaemons? Daemons);

/// <summary>Writes a report as JSON without reflection.</summary>
[JsonSerializable(typeof(BenchReport))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
internal sealed partial class BenchReportJson : JsonSerializerContext;

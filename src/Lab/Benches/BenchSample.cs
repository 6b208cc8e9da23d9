namespace FastFlannel.Lab;

/// <summary>One measurement.</summary>
/// <param name="Path">Of which path.</param>
/// <param name="Metric">What was measured.</param>
/// <param name="Round">In which round, 1 for the first.</param>
/// <param name="Value">In the metric's unit, or <see langword="null"/> when measuring failed.</param>
public sealed record BenchSample(string Path, BenchMetric Metric, int Round, double? Value)
{
    /// <summary>TCP segments sent again.</summary>
    public double? Retransmits { get; init; }

    /// <summary>UDP: packets sent a second.</summary>
    public double? Offered { get; init; }

    /// <summary>TCP, one stream: processor seconds of the path's daemons for each 10^9 bytes received.</summary>
    public double? CpuSecondsPerGigabyte { get; init; }

    /// <summary>Why measuring failed.</summary>
    public string? Error { get; init; }
}

using System.Globalization;

namespace FastFlannel.Perf;

/// <summary>What a daemon needed in a cluster of one size.</summary>
internal sealed record ScaleResult
{
    public const string Heading =
        "leases  ready ms  cpu ms  calls  rss MB  peak MB | events  lag ms: median   99 %    max  cpu %  rss MB";

    public required int Leases { get; init; }

    /// <summary>From the process's start to subnet.env, which is written when all peers are in force.</summary>
    public required TimeSpan Ready { get; init; }

    /// <summary>Processor time until then.</summary>
    public required TimeSpan ReadyProcessorTime { get; init; }

    /// <summary>Calls to etcd until then.</summary>
    public required long Calls { get; init; }

    /// <summary>Memory when it was ready, and the most until then.</summary>
    public required (double Now, double Peak) Megabytes { get; init; }

    /// <summary>How long each new lease took to be in force, from etcd's answer to who wrote it, in order.</summary>
    public required TimeSpan[] Lags { get; init; }

    /// <summary>The share of a processor that the daemon used while the new leases came.</summary>
    public required double EventsProcessor { get; init; }

    public required double MegabytesAfter { get; init; }

    public override string ToString()
    {
        TimeSpan[] sorted = [.. Lags.Order()];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Leases,6}  {Ready.TotalMilliseconds,8:0}  {ReadyProcessorTime.TotalMilliseconds,6:0}  {Calls,5}  "
            + $"{Megabytes.Now,6:0.0}  {Megabytes.Peak,7:0.0} | "
            + $"{Lags.Length,6}  {At(0.5),14:0}  {At(0.99),5:0}  {At(1),5:0}  {100 * EventsProcessor,5:0.0}  {MegabytesAfter,6:0.0}");

        double At(double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1].TotalMilliseconds;
    }
}

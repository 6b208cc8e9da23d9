using System.Diagnostics;

namespace FastFlannel.Lab;

/// <summary>What the two daemons of a path say and use.</summary>
/// <param name="Binary">Their binary.</param>
/// <param name="IdleCpuPercent">The processor time of the busier one while no packet was sent, in percent of one core.</param>
public sealed record BenchDaemons(string Binary, double IdleCpuPercent)
{
    /// <summary>What both served at <c>/status</c> after the last round; <see langword="null"/> when one did not.</summary>
    public IReadOnlyList<DaemonStatus>? Status { get; init; }

    /// <summary>Managed memory that both daemons' packet loops allocated during the rounds, in bytes.</summary>
    public long? AllocatedBytes { get; init; }

    /// <summary>Garbage collections of both daemons during the rounds.</summary>
    public long? Collections { get; init; }

    /// <summary>Packets both daemons dropped during the rounds, by reason; without those that did not happen.</summary>
    public IReadOnlyDictionary<string, long>? Drops { get; init; }

    /// <summary>Joins what was seen.</summary>
    /// <param name="binary">The daemons' binary.</param>
    /// <param name="idleCpuPercent">See <see cref="IdleCpuPercent"/>.</param>
    /// <param name="before">Each daemon's status before the first round.</param>
    /// <param name="after">Each daemon's status after the last round, in the same order.</param>
    internal static BenchDaemons Of(
        string binary, double idleCpuPercent, IReadOnlyList<DaemonStatus?> before, IReadOnlyList<DaemonStatus?> after) =>
        new(binary, idleCpuPercent)
        {
            Status = after.Any(status => status is null) ? null : [.. after.OfType<DaemonStatus>()],
            AllocatedBytes = Grown(before, after, status => status.LoopAllocatedBytes),
            Collections = Grown(before, after, status => status.Gc?.Collections),
            Drops = Dropped(before, after),
        };

    /// <summary>Measures how much of a core each daemon uses.</summary>
    /// <param name="daemons">While nothing is sent through them.</param>
    /// <param name="interval">How long to measure; the kernel counts in hundredths of a second.</param>
    /// <param name="ct">Gives up early.</param>
    /// <returns>Percent of one core, in the order of the daemons.</returns>
    internal static async Task<IReadOnlyList<double>> MeasureCpuAsync(
        IReadOnlyList<FlannelDaemon> daemons, TimeSpan interval, CancellationToken ct)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan[] before = [.. daemons.Select(daemon => daemon.ProcessorTime)];
        await Task.Delay(interval, ct);
        TimeSpan passed = Stopwatch.GetElapsedTime(start);
        return [.. daemons.Zip(before, (daemon, used) => (daemon.ProcessorTime - used) / passed * 100)];
    }

    private static long? Grown(
        IReadOnlyList<DaemonStatus?> before, IReadOnlyList<DaemonStatus?> after, Func<DaemonStatus, long?> counter) =>
        before.Zip(after, (then, now) => then is null || now is null ? null : counter(now) - counter(then))
            .Aggregate((long?)0, (sum, grown) => sum + grown);

    private static Dictionary<string, long>? Dropped(IReadOnlyList<DaemonStatus?> before, IReadOnlyList<DaemonStatus?> after)
    {
        if (before.Concat(after).Any(status => status?.Outbound?.Drops is null || status.Inbound?.Drops is null))
            return null;

        Dictionary<string, long> then = Sum(before);
        return Sum(after)
            .Select(drop => (Reason: drop.Key, Count: drop.Value - then.GetValueOrDefault(drop.Key)))
            .Where(drop => drop.Count != 0)
            .ToDictionary(drop => drop.Reason, drop => drop.Count, StringComparer.Ordinal);
    }

    private static Dictionary<string, long> Sum(IReadOnlyList<DaemonStatus?> statuses) => statuses
        .SelectMany(status => status!.Outbound!.Drops!.Concat(status.Inbound!.Drops!))
        .GroupBy(drop => drop.Key, StringComparer.Ordinal)
        .ToDictionary(drops => drops.Key, drops => drops.Sum(drop => drop.Value), StringComparer.Ordinal);
}

using System.Globalization;
using FastFlannel.Native;

namespace FastFlannel.Perf;

/// <summary>How long a daemon takes to bring the kernel to what it should be: at start, and after what others do.</summary>
internal static class ReconcileRun
{
    private const int SingleRoutes = 5;

    /// <summary>Prints how times grow with the peers, a line for each backend.</summary>
    /// <param name="peers">How many.</param>
    /// <param name="rounds">Of which the median counts, each with a host of its own.</param>
    /// <param name="binary">The daemon.</param>
    public static async Task PrintSizesAsync(int peers, int rounds, string binary)
    {
        foreach (string backend in new[] { "vxlan", "host-gw" })
        {
            List<TimeSpan[]> times = [];
            for (int i = 0; i < rounds; i++)
                times.Add(await MeasureAsync(backend, peers, binary));

            Console.WriteLine($"| {backend} | {peers} | {string.Join(" | ", Columns(times).Select(Median).Select(Show))} |");
        }
    }

    /// <summary>Prints how long each kind of damage takes to heal, a line for each.</summary>
    public static async Task PrintDamagesAsync(int peers, int rounds, string binary)
    {
        foreach (string backend in new[] { "vxlan", "host-gw", "udp" })
        {
            await using ReconcileBed bed = await ReconcileBed.CreateAsync(backend, peers, binary);
            _ = await bed.StartAsync();
            Dictionary<string, List<TimeSpan>> times = [];
            for (int i = 0; i < rounds; i++)
            {
                foreach (string what in Damages.Of(bed).Select(damage => damage.What).ToArray())
                {
                    // Looked up anew: the device may be another one since the last.
                    TimeSpan time = bed.TimeToHeal(Damages.Of(bed).First(damage => damage.What == what).Do);
                    (times.TryGetValue(what, out List<TimeSpan>? some) ? some : times[what] = []).Add(time);
                }
            }

            foreach ((string what, List<TimeSpan> some) in times)
                Console.WriteLine($"| {backend} | {what} | {Show(Median(some))} | {Show(some.Max())} |");
        }
    }

    private static async Task<TimeSpan[]> MeasureAsync(string backend, int peers, string binary)
    {
        await using ReconcileBed bed = await ReconcileBed.CreateAsync(backend, peers, binary);
        TimeSpan start = await bed.StartAsync();
        int wanted = backend == "vxlan" ? (3 * peers) + 2 : peers;
        if (bed.Read().Count != wanted)
            throw new InvalidOperationException($"{bed.Read().Count} things in the kernel, expected {wanted}:\n{bed.Daemon.DescribeLog()}");

        _ = await bed.Daemon.StopAsync("KILL", CancellationToken.None);
        TimeSpan again = await bed.StartAsync();

        List<TimeSpan> single = [];
        foreach (IpRoute route in bed.Routes().Take(SingleRoutes).ToArray())
            single.Add(bed.TimeToHeal(() => _ = bed.Netlink.DeleteRoute(route)));

        int link = bed.Link;
        KernelChange[] all = [.. bed.Routes().Select(KernelChange.Delete)];
        TimeSpan everything = bed.TimeToHeal(() => _ = backend == "vxlan"
            ? bed.Netlink.DeleteLink(link)
            : bed.Netlink.Apply(all).Count > 0);
        return [start, again, Median(single), everything];
    }

    private static IEnumerable<TimeSpan[]> Columns(List<TimeSpan[]> rows) =>
        Enumerable.Range(0, rows[0].Length).Select(column => rows.Select(row => row[column]).ToArray());

    private static TimeSpan Median(IEnumerable<TimeSpan> times)
    {
        TimeSpan[] sorted = [.. times.Order()];
        return sorted[sorted.Length / 2];
    }

    private static string Show(TimeSpan time) => time.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);
}

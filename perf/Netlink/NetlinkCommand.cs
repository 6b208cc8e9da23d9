using System.Globalization;
using FastFlannel.Native;

namespace FastFlannel.Perf;

/// <summary><c>netlink [--peers 100,1000,10000] [--rounds 5]</c>: how long the kernel takes for the entries of so many vxlan peers.</summary>
internal static class NetlinkCommand
{
    public static int Run(ReadOnlySpan<string> arguments)
    {
        int[] peers = [100, 1000, 10_000];
        int rounds = 5;
        for (; arguments is [string option, string value, ..]; arguments = arguments[2..])
        {
            int[] numbers = [.. value.Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
            switch (option)
            {
                case "--peers":
                    peers = numbers;
                    break;
                case "--rounds":
                    rounds = numbers[0];
                    break;
                default:
                    return Fail(option);
            }
        }

        if (arguments.Length > 0)
            return Fail(arguments[0]);

        // Compiles what is measured.
        _ = Measure(100, rounds: 1);
        Console.WriteLine("| peers | entries | batch | one by one | list | delete, batch |");
        Console.WriteLine("|---:|---:|---:|---:|---:|---:|");
        foreach (int count in peers)
        {
            ProgrammingTimes times = Measure(count, rounds);
            Console.WriteLine(
                $"| {count} | {count * PeerEntries.PerPeer} | {Format(times.Batch)} | {Format(times.OneByOne)} | {Format(times.List)} | {Format(times.Delete)} |");
        }

        return 0;
    }

    private static int Fail(string argument)
    {
        Console.Error.WriteLine($"netlink: cannot make sense of '{argument}' (expected --peers 100,1000 or --rounds 5)");
        return 1;
    }

    /// <summary>The median of each number over rounds with a namespace each.</summary>
    private static ProgrammingTimes Measure(int peers, int rounds)
    {
        List<ProgrammingTimes> all = [];
        for (int i = 0; i < rounds; i++)
            NetworkNamespace.RunInNew(() => all.Add(ProgrammingTimes.Take(peers)));

        return new ProgrammingTimes(
            Median(times => times.Batch), Median(times => times.OneByOne), Median(times => times.List), Median(times => times.Delete));

        TimeSpan Median(Func<ProgrammingTimes, TimeSpan> number) => all.Select(number).Order().ElementAt(all.Count / 2);
    }

    private static string Format(TimeSpan time) => $"{time.TotalMilliseconds.ToString("F1", CultureInfo.InvariantCulture)} ms";
}

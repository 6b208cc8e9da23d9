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
        Console.WriteLine("|---:|---|---:|---:|---:|---:|");
        foreach (int count in peers)
        {
            List<(ProgrammingTimes Neighbours, ProgrammingTimes Routes)> times = Measure(count, rounds);
            Print(count, "neighbours, fdb", [.. times.Select(round => round.Neighbours)]);
            Print(count, "routes", [.. times.Select(round => round.Routes)]);
        }

        return 0;
    }

    private static int Fail(string argument)
    {
        Console.Error.WriteLine($"netlink: cannot make sense of '{argument}' (expected --peers 100,1000 or --rounds 5)");
        return 1;
    }

    /// <summary>Takes the times in rounds with a namespace each.</summary>
    private static List<(ProgrammingTimes Neighbours, ProgrammingTimes Routes)> Measure(int peers, int rounds)
    {
        List<(ProgrammingTimes Neighbours, ProgrammingTimes Routes)> all = [];
        for (int i = 0; i < rounds; i++)
            NetworkNamespace.RunInNew(() => all.Add(ProgrammingTimes.Take(peers)));

        return all;
    }

    private static void Print(int peers, string entries, ProgrammingTimes[] rounds)
    {
        Console.WriteLine(
            $"| {peers} | {entries} | {Median(times => times.Batch)} | {Median(times => times.OneByOne)} | {Median(times => times.List)} | {Median(times => times.Delete)} |");

        string Median(Func<ProgrammingTimes, TimeSpan> number)
        {
            double milliseconds = rounds.Select(number).Order().ElementAt(rounds.Length / 2).TotalMilliseconds;
            return $"{milliseconds.ToString("F1", CultureInfo.InvariantCulture)} ms";
        }
    }
}

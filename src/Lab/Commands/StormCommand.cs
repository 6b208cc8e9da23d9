using System.CommandLine;
using System.CommandLine.Help;

namespace FastFlannel.Lab;

/// <summary>The command line of <c>fastflannel lab storm</c>.</summary>
internal static class StormCommand
{
    private const string Description =
        "Change the leases of many peers all the time, and print what it does to the packets between two hosts.";

    private const string Examples =
        $$"""
        {{Requirements.Sentences}}
        Two hosts with daemons and a TCP stream between them; two more stand for all peers, each of which moves between these
        two, or has no lease for a while, again and again. It is done by the router alone, and with the kernel tunnel.
        Weather:  calm       nothing happens in etcd
                  elsewhere  as many writes where no daemon looks: what etcd itself takes from this machine
                  storm      the peers' leases change
        Columns:  of calm, of elsewhere   TCP's throughput, as a share of that in the same round
                  in force    from etcd's answer until a probe arrives by the new lease, a thousand a second are sent
                  lost        probes to a peer that does not change, which did not arrive
                  wrong       probes that went where no lease in force sent them
                  GCs, CPU    of both daemons; CPU in hundredths of one processor
        Takes about 6 x rounds x (seconds + 1) seconds. Exits with 0 if no packet went wrong, otherwise with 1; with --require
        also 1 if a requirement is not met; 130 after Ctrl-C.

        Examples:
          fastflannel lab storm                                 100 peers, 1,000 changes a second
          fastflannel lab storm --peers 2000 --rounds 5         a large cluster
          fastflannel lab storm --rounds 1 --seconds 1          a quick look
          fastflannel lab storm --json | jq '.summaries[] | [.way, .weather, .inForce.max]'
        """;

    /// <summary>Makes it.</summary>
    public static System.CommandLine.Command Create()
    {
        Option<int> peers = NumberOption.Create("--peers", "How many peers change", 100, 1, StormOptions.MaxPeers);
        Option<int> rate = NumberOption.Create("--rate", "Changes a second, of all peers together", 1000, 1, StormOptions.MaxRate);
        Option<int> rounds = NumberOption.Create("--rounds", "How often everything is measured", 3, 1, StormOptions.MaxRounds);
        Option<int> seconds = NumberOption.Create("--seconds", "How long each measurement takes", 3, 1, StormOptions.MaxSeconds);
        var binary = new Option<string?>("--binary") { Description = "The daemon, if not this very binary.", HelpName = "PATH" };
        binary.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<string?>() is { } path && !File.Exists(path))
                given.AddError($"--binary {path}: there is no such file; expected a daemon's binary");
        });
        var json = new Option<bool>("--json") { Description = "Print one JSON document on standard output instead of a table." };
        var require = new Option<bool>("--require") { Description = "Exit with 1 if a requirement is not met." };
        var command = new System.CommandLine.Command("storm", Description)
        {
            peers, rate, rounds, seconds, binary, json, require, new HelpOption { Action = new HelpWithExamples(Examples) },
        };
        command.SetAction((parsed, ct) => StormRun.RunAsync(
            new StormOptions
            {
                Peers = parsed.GetValue(peers),
                Rate = parsed.GetValue(rate),
                Rounds = parsed.GetValue(rounds),
                Seconds = parsed.GetValue(seconds),
                DaemonPath = Path.GetFullPath(parsed.GetValue(binary) ?? Environment.ProcessPath!),
                Json = parsed.GetValue(json),
                Require = parsed.GetValue(require),
            },
            Console.Out,
            ct));
        return command;
    }
}

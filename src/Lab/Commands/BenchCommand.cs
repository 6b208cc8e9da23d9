using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace FastFlannel.Lab;

/// <summary>The command line of the bench: <c>fastflannel lab bench</c>.</summary>
internal static class BenchCommand
{
    private const string Description =
        "Measure two hosts without an overlay, over the kernel's vxlan and over the udp backend, and compare.";

    private const string Examples =
        $$"""
        {{Requirements.Sentences}}
        Paths:    direct  from host to host over the underlay, no overlay
                  vxlan   the kernel's vxlan, with flannel's entries made by hand
                  udp     our daemons, from overlay address to overlay address
        Metrics:  tcp1, tcp4   iperf3 with 1 and 4 TCP streams: Gbit/s received
                  udp64        iperf3 with 64 bytes of UDP payload, as fast as it goes: packets/s received
                  ping         50 pings, 10 ms apart, and nothing else: average round trip
        All paths exist at once, and each round measures each metric on each path in turn: compare within one run, not
        between runs. A whole run takes about rounds x paths x (3 x seconds + 2) seconds.
        Exits with 0 once everything was measured, 1 if something could not be; with --require also 1 if udp falls short
        of a requirement; 130 after Ctrl-C.

        Examples:
          fastflannel lab bench                                           the three paths, three rounds
          fastflannel lab bench --rounds 1 --seconds 1 --metrics tcp1,ping    a quick look
          fastflannel lab bench --backend-json '{"Queues":2}'             udp with another Backend
          fastflannel lab bench --compare one='{"Queues":1}' --compare two='{"Queues":2}'
                                                                          two more udp paths in the same rounds
          fastflannel lab bench --compare-binary old=/tmp/fastflannel     this build against another
          fastflannel lab bench --json | jq '.summaries[] | [.path, .metric, .value.median]'
        """;

    /// <summary>Makes the command.</summary>
    public static System.CommandLine.Command Create()
    {
        Option<int> rounds = NumberOption.Create("--rounds", "How often everything is measured", 3, 1, BenchOptions.MaxRounds);
        Option<int> seconds = NumberOption.Create("--seconds", "How long each iperf3 run sends", 3, 1, BenchOptions.MaxSeconds);
        Option<int> mtu = NumberOption.Create(
            "--mtu", "The underlay's MTU in bytes", 1500, BenchOptions.MinMtu, BenchOptions.MaxMtu);
        Option<string> metrics = Text(
            "--metrics", "LIST", "What is measured.", "tcp1,tcp4,udp64,ping", BenchArguments.ReadMetrics);
        Option<string> paths = Text(
            "--paths", "LIST", "Which of the three paths are measured.", "direct,vxlan,udp", BenchArguments.ReadPaths);
        Option<string> backend = Text(
            "--backend-json", "JSON", "Fields of udp's Backend.", "{}", ReadBackend);
        backend.Aliases.Add("--config");
        Option<string[]> compare = Repeated(
            "--compare", "NAME=JSON", "A further udp path with these fields in its Backend; repeatable.");
        Option<string[]> binaries = Repeated(
            "--compare-binary", "NAME=PATH", "A further udp path with this binary as its daemon; repeatable.");
        var asJson = new Option<bool>("--json") { Description = "Print one JSON document on standard output instead of tables." };
        var require = new Option<bool>("--require") { Description = "Exit with 1 if udp falls short of a requirement." };
        var bench = new System.CommandLine.Command("bench", Description)
        {
            rounds, seconds, metrics, paths, backend, compare, binaries, mtu, asJson, require,
            new HelpOption { Action = new HelpWithExamples(Examples) },
        };
        bench.Validators.Add(given => Try(given, () => Variants(Words(given, compare), Words(given, binaries))));
        bench.SetAction((parsed, ct) => BenchRun.RunAsync(
            new BenchOptions
            {
                Rounds = parsed.GetValue(rounds),
                Seconds = parsed.GetValue(seconds),
                Mtu = parsed.GetValue(mtu),
                Metrics = BenchArguments.ReadMetrics(parsed.GetValue(metrics)!),
                Paths = BenchArguments.ReadPaths(parsed.GetValue(paths)!),
                BackendJson = parsed.GetValue(backend)!,
                Variants = Variants(parsed.GetValue(compare), parsed.GetValue(binaries)),
                Json = parsed.GetValue(asJson),
                Require = parsed.GetValue(require),
            },
            ct));
        return bench;
    }

    /// <summary>As they stand there: an option that lacks its value has none to ask for.</summary>
    private static string[] Words(SymbolResult given, Option option) =>
        [.. given.GetResult(option)?.Tokens.Select(token => token.Value) ?? []];

    private static string ReadBackend(string json) => BenchArguments.MergeBackend("--backend-json", json);

    private static IReadOnlyList<BenchVariant> Variants(string[]? backends, string[]? binaries) =>
        BenchArguments.ReadVariants(backends ?? [], binaries ?? []);

    private static Option<string> Text<T>(string name, string help, string description, string usual, Func<string, T> read)
    {
        var option = new Option<string>(name)
        {
            Description = description,
            HelpName = help,
            DefaultValueFactory = _ => usual,
        };
        option.Validators.Add(given => Try(given, () => read(given.GetValueOrDefault<string>() ?? "")));
        return option;
    }

    private static Option<string[]> Repeated(string name, string help, string description) => new(name)
    {
        Description = description,
        HelpName = help,
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static void Try<T>(SymbolResult given, Func<T> read)
    {
        try
        {
            _ = read();
        }
        catch (LabException error)
        {
            given.AddError(error.Message);
        }
    }
}

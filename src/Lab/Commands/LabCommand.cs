using System.CommandLine;
using System.CommandLine.Help;

namespace FastFlannel.Lab;

/// <summary>The command line of the lab: <c>fastflannel lab run</c>, <c>bench</c>, <c>handover</c> and <c>storm</c>.</summary>
public static class LabCommand
{
    private static readonly string[] Backends = ["udp", "vxlan", "host-gw"];

    private const string RunDescription =
        "Build a cluster, ping every pair of containers, measure TCP, print what was found, remove everything.";

    private const string RunExamples =
        $$"""
        {{Requirements.Sentences}}
        Exits with 0 only if every pair answered and TCP moved data both ways.

        Examples:
          fastflannel lab run                       three hosts
          fastflannel lab run --hosts 8             a larger mesh
          fastflannel lab run --ipv6                a dual-stack cluster, over both families
          fastflannel lab run --backend vxlan       the kernel's vxlan instead of the udp backend
          fastflannel lab run --backend vxlan --backend-json '{"VNI":42,"DirectRouting":true}'
          fastflannel lab run --json | jq .ok       true when all is well
        """;

    /// <summary>Makes the command <c>lab</c> with its subcommands.</summary>
    public static System.CommandLine.Command Create()
    {
        var lab = new System.CommandLine.Command(
            "lab", "A cluster in a box: hosts are network namespaces on this machine, with a real etcd and real daemons.");
        lab.Subcommands.Add(CreateRun());
        lab.Subcommands.Add(BenchCommand.Create());
        lab.Subcommands.Add(HandoverCommand.Create());
        lab.Subcommands.Add(StormCommand.Create());
        return lab;
    }

    private static System.CommandLine.Command CreateRun()
    {
        Option<int> hosts = NumberOption.Create(
            "--hosts", "How many hosts", 3, LabRunOptions.MinHosts, LabRunOptions.MaxHosts);
        Option<string> backend = Backend();
        Option<string> fields = BackendFields(backend);
        var ipv6 = new Option<bool>("--ipv6")
        {
            Description = "Make a dual-stack cluster, and ping and measure over IPv6 too.",
        };
        var json = new Option<bool>("--json")
        {
            Description = "Print one JSON document on standard output instead of tables.",
        };
        var run = new System.CommandLine.Command("run", RunDescription)
        {
            hosts, backend, fields, ipv6, json, new HelpOption { Action = new HelpWithExamples(RunExamples) },
        };
        run.SetAction((parsed, ct) => LabRun.RunAsync(
            new LabRunOptions
            {
                Hosts = parsed.GetValue(hosts),
                Backend = parsed.GetValue(backend)!,
                BackendFields = parsed.GetValue(fields)!,
                Ipv6 = parsed.GetValue(ipv6),
                Json = parsed.GetValue(json),
            },
            ct));
        return run;
    }

    private static Option<string> Backend()
    {
        var backend = new Option<string>("--backend")
        {
            Description = "The overlay's backend.",
            HelpName = string.Join('|', Backends),
            DefaultValueFactory = _ => Backends[0],
        };
        backend.Validators.Add(given =>
        {
            if (given.Tokens is [var token, ..] && !Backends.Contains(token.Value))
                given.AddError($"--backend is '{token.Value}', expected one of {string.Join(", ", Backends)}");
        });
        backend.CompletionSources.Add(Backends);
        return backend;
    }

    private static Option<string> BackendFields(Option<string> backend)
    {
        const string Name = "--backend-json";
        var fields = new Option<string>(Name)
        {
            Description = "Further fields of the network config's Backend.",
            HelpName = "JSON",
            DefaultValueFactory = _ => "{}",
        };
        fields.Validators.Add(given =>
        {
            try
            {
                // As it stands there: one that is not among the backends has no value to ask for.
                string type = given.GetResult(backend)?.Tokens is [var token, ..] ? token.Value : Backends[0];
                _ = BackendJson.Merge(Name, type, given.GetValueOrDefault<string>() ?? "{}");
            }
            catch (LabException error)
            {
                given.AddError(error.Message);
            }
        });
        return fields;
    }
}

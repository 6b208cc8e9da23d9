using System.CommandLine;
using System.Text;
using System.Text.Json;
using FastFlannel.Control;

namespace FastFlannel.Daemon;

/// <summary><c>fastflannel config check</c>.</summary>
internal static class ConfigCheckCommand
{
    private const string Examples =
        """
        Exits with 0 when daemons can start with it and with 1 when not: every problem is shown at once.

        Examples:
          fastflannel config check                            what is in etcd
          fastflannel config check config.json                a file, before it is set; etcd is not asked
          fastflannel config check --json | jq .summary.hosts
        """;

    /// <summary>Makes the command.</summary>
    /// <param name="environment">Looks an environment variable up; null when there is none.</param>
    public static Command Create(Func<string, string?> environment)
    {
        var source = new Argument<string?>("FILE|-|JSON")
        {
            Description = $"{ConfigCommand.Sources} Without it, what is in etcd.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON document on standard output." };
        var flags = new FlagOptions(environment, DaemonFlags.Etcd);
        return EtcdCommand.Complete(
            new Command("check", "Say everything that is wrong with a network config, or what it has room for.") { source, json },
            Examples,
            flags,
            async (parsed, ct) =>
            {
                ConfigText text = parsed.GetValue(source) is { } given
                    ? ConfigText.Read(given)
                    : await ReadStoredAsync(parsed, flags, ct);
                return Report(parsed, text, parsed.GetValue(json));
            });
    }

    private static async Task<ConfigText> ReadStoredAsync(ParseResult parsed, FlagOptions flags, CancellationToken cancellation)
    {
        using EtcdStore store = EtcdCommand.Connect(parsed, flags);
        var config = new ConfigStore(store);
        return new ConfigText(config.Key, Encoding.UTF8.GetString((await config.ReadAsync(cancellation)).Span));
    }

    private static int Report(ParseResult parsed, ConfigText given, bool json)
    {
        var check = ConfigCheck.Of(given.Text);
        if (json)
        {
            var document = new ConfigCheckDocument(check.Summary is not null, check.Problems, check.Warnings, check.Summary);
            parsed.InvocationConfiguration.Output.WriteLine(
                JsonSerializer.Serialize(document, CommandJson.Readable.ConfigCheckDocument));
            return document.Ok ? 0 : 1;
        }

        EtcdCommand.Warn(parsed, check.Warnings);
        if (check.Summary is not { } summary)
            throw new AdministrationException(ConfigStore.DescribeProblems(given.Name, check.Problems));

        ConfigView.WriteSummary(Terminal.OutputOf(parsed), given.Name, summary, check.Warnings.Count);
        return 0;
    }
}

using System.CommandLine;
using FastFlannel.Control;

namespace FastFlannel.Daemon;

/// <summary><c>fastflannel config set</c>.</summary>
internal static class ConfigSetCommand
{
    private const string Examples =
        """
        A config with problems is not written: all of them are shown. Neither is one in which hosts would lose their subnets,
        unless --force is given. What somebody else writes in the same moment is not overwritten.
        Daemons read the config when they start: restart each of them to follow a change.

        Examples:
          fastflannel config set '{"Network":"10.5.0.0/16","Backend":{"Type":"udp"}}'
          fastflannel config set config.json                  what the file holds
          fastflannel config get | jq '.SubnetLen=26' | fastflannel config set -
        """;

    /// <summary>Makes the command.</summary>
    /// <param name="environment">Looks an environment variable up; null when there is none.</param>
    public static Command Create(Func<string, string?> environment)
    {
        var source = new Argument<string>("FILE|-|JSON") { Description = ConfigCommand.Sources };
        var force = new Option<bool>("--force") { Description = "Write it also if leases have no place in it." };
        var flags = new FlagOptions(environment, DaemonFlags.Etcd);
        return EtcdCommand.Complete(
            new Command("set", "Check a network config, write it, and say what has changed.") { source, force },
            Examples,
            flags,
            async (parsed, ct) =>
            {
                var given = ConfigText.Read(parsed.GetValue(source)!);
                using EtcdStore store = EtcdCommand.Connect(parsed, flags);
                await RunAsync(parsed, store, given, parsed.GetValue(force), ct);
                return 0;
            });
    }

    private static async Task RunAsync(
        ParseResult parsed, EtcdStore store, ConfigText given, bool force, CancellationToken cancellation)
    {
        EtcdCommand.Warn(parsed, ConfigCheck.Of(given.Text).Warnings);
        var config = new ConfigStore(store);
        IReadOnlyList<ConfigChange> changes = await config.SetAsync(given.Text, force, cancellation);
        ConfigView.WriteChanges(Terminal.OutputOf(parsed), config.Key, changes);
    }
}

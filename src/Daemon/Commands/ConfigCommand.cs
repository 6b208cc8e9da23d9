using System.CommandLine;

namespace FastFlannel.Daemon;

/// <summary><c>fastflannel config</c>: the network config in etcd.</summary>
internal static class ConfigCommand
{
    /// <summary>What the argument of set and check may be.</summary>
    public const string Sources = "A file, - for standard input, or the JSON itself.";

    /// <summary>Makes the command.</summary>
    /// <param name="environment">Looks an environment variable up; null when there is none.</param>
    public static Command Create(Func<string, string?> environment)
    {
        var config = new Command("config", "Read, replace and check the network config in etcd.");
        config.Subcommands.Add(ConfigGetCommand.Create(environment));
        config.Subcommands.Add(ConfigSetCommand.Create(environment));
        config.Subcommands.Add(ConfigCheckCommand.Create(environment));
        return config;
    }
}

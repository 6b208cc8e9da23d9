using System.CommandLine;

namespace FastFlannel.Daemon;

/// <summary>
/// Flags of the daemon on a command: same names, defaults and environment variables, so that a command finds the same etcd as the
/// daemon whose settings it is given.
/// </summary>
/// <param name="environment">Looks an environment variable up; null when there is none.</param>
/// <param name="flags">Flags that take text.</param>
internal sealed class FlagOptions(Func<string, string?> environment, params IReadOnlyList<Flag> flags)
{
    private readonly (Flag Flag, Option<string> Option)[] _options = [.. flags.Select(flag => (flag, ToOption(flag)))];

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        foreach ((_, Option<string> option) in _options)
            command.Options.Add(option);
    }

    /// <summary>Their values: the command line's, else the environment's, else the default.</summary>
    public DaemonOptions Read(ParseResult parsed)
    {
        var values = new FlagValues();
        foreach ((Flag flag, Option<string> option) in _options)
        {
            if (parsed.GetResult(option) is { Implicit: false })
                _ = values.TrySet(flag, parsed.GetValue(option) ?? "");
        }

        // Any text is good for a text flag: there is nothing to warn of.
        FlagEnvironment.Apply(values, [.. _options.Select(one => one.Flag)], environment, []);
        return DaemonOptions.From(values);
    }

    /// <summary>The daemon's flags take one dash or two; commands know the second form only.</summary>
    public static IReadOnlyList<string> WithTwoDashes(IReadOnlyList<string> arguments) =>
        [.. arguments.Select(argument => IsFlagWithOneDash(argument) ? $"-{argument}" : argument)];

    private static bool IsFlagWithOneDash(string argument) =>
        argument.StartsWith('-') && DaemonFlags.All.Any(flag => flag.Name == argument[1..].Split('=')[0]);

    private static Option<string> ToOption(Flag flag) => new($"--{flag.Name}")
    {
        Description = flag.Default.Length > 0 ? $"{flag.Help} (default {flag.Default})" : flag.Help,
        HelpName = "text",
    };
}

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

    /// <summary>
    /// Brings the daemon's flags into the form that commands know: two dashes, and an empty value as an argument of its own.
    /// </summary>
    public static IReadOnlyList<string> Normalize(IReadOnlyList<string> arguments) => [.. arguments.SelectMany(Normalize)];

    private static IEnumerable<string> Normalize(string argument)
    {
        string body = argument.StartsWith("--", StringComparison.Ordinal) ? argument[2..] : argument.TrimStart('-');
        if (!argument.StartsWith('-') || DaemonFlags.Find(body.Split('=')[0]) is not { } flag)
            return [argument];

        return body == $"{flag.Name}=" ? [$"--{flag.Name}", ""] : [$"--{body}"];
    }

    private static Option<string> ToOption(Flag flag) => new($"--{flag.Name}")
    {
        Description = flag.Default.Length > 0 ? $"{flag.Help} (default {flag.Default})" : flag.Help,
        HelpName = "text",
    };
}

namespace FastFlannel.Daemon;

/// <summary>How reading the arguments ended; neither is set when all is well.</summary>
/// <param name="HelpWanted">There was a <c>-h</c> or <c>--help</c>.</param>
/// <param name="Error">What is wrong, naming flag, value and expectation.</param>
internal readonly record struct FlagParse(bool HelpWanted, string? Error);

/// <summary>
/// Reads arguments as Go's flag package does: one dash or two, <c>-name value</c> or <c>-name=value</c>, booleans only as
/// <c>-name=false</c>, and <c>--</c> or the first argument without a dash ends the flags. What is left then is an error, which
/// flannel silently drops: most often it is the value of a boolean, or of a flag whose quotes are missing.
/// </summary>
internal static class FlagParser
{
    /// <summary>Reads the arguments up to the first that is wrong or asks for help.</summary>
    public static FlagParse Parse(IReadOnlyList<string> arguments, FlagValues values)
    {
        int next = 0;
        while (next < arguments.Count && IsFlag(arguments[next]))
        {
            string argument = arguments[next++];
            if (argument == "--")
                break;

            string body = argument[(argument.StartsWith("--", StringComparison.Ordinal) ? 2 : 1)..];
            if (body[0] is '-' or '=')
                return Wrong($"'{argument}' is not a flag, expected --name, --name=value or --name value");

            int equals = body.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? body : body[..equals];
            string? value = equals < 0 ? null : body[(equals + 1)..];
            if (name is "h" or "help")
                return new FlagParse(HelpWanted: true, Error: null);

            if (DaemonFlags.Find(name) is not { } flag)
                return Wrong($"there is no flag --{name}{Suggest(name)}");

            if (value is null && flag.Kind == FlagKind.Switch)
                value = "true";
            else if (value is null && next < arguments.Count)
                value = arguments[next++];

            if (value is null)
                return Wrong($"--{name} has no value, expected {flag.Expected}");

            if (!values.TrySet(flag, value))
                return Wrong($"--{name} is '{value}', expected {flag.Expected}");
        }

        return next == arguments.Count ? default : Wrong(DescribeLeftover(arguments.Skip(next)));
    }

    private static bool IsFlag(string argument) => argument.Length >= 2 && argument[0] == '-';

    private static FlagParse Wrong(string error) => new(false, error);

    private static string Suggest(string name) => Spelling.Nearest(name, DaemonFlags.All.Select(flag => flag.Name)) is { } near
        ? $"; did you mean --{near}?"
        : ", expected one that fastflannel --help shows";

    private static string DescribeLeftover(IEnumerable<string> arguments) =>
        $"there are arguments that belong to no flag: {string.Join(' ', arguments.Select(argument => $"'{argument}'"))}, "
        + "expected flags only (a boolean takes its value as --name=false)";
}

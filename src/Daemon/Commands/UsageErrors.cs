using System.CommandLine;
using System.CommandLine.Parsing;

namespace FastFlannel.Daemon;

/// <summary>What is wrong with a command's command line: a line each, and where to read what is right.</summary>
internal static class UsageErrors
{
    /// <summary>The lines.</summary>
    /// <param name="parsed">A command line with errors.</param>
    public static IReadOnlyList<string> Describe(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string name = NameOf(parsed.CommandResult);
        IEnumerable<string> problems = command.Subcommands.Count > 0
            ? [DescribeGroup(command, parsed.UnmatchedTokens)]
            : DescribeUnknown(command, parsed.UnmatchedTokens).Concat(DescribeOthers(parsed));
        return [.. problems.Select(problem => $"{name}: {problem}"), $"See {name} --help"];
    }

    private static string NameOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{NameOf(parent)} {result.Command.Name}" : "fastflannel";

    private static string DescribeGroup(Command group, IReadOnlyList<string> unknown)
    {
        string[] names = [.. group.Subcommands.Select(command => command.Name)];
        string expected = $"expected {string.Join(", ", names)}";
        return unknown.Count == 0
            ? $"a command is missing, {expected}"
            : $"there is no command '{unknown[0]}', {Suggest(unknown[0], names) ?? expected}";
    }

    private static IEnumerable<string> DescribeUnknown(Command command, IReadOnlyList<string> unknown)
    {
        string[] options = [.. command.Options.SelectMany(option => option.Aliases.Prepend(option.Name)).Where(name => name.Length > 2)];
        for (int i = 0; i < unknown.Count; i++)
        {
            // A word behind an option that does not exist was to be its value.
            string word = unknown[i].Split('=')[0];
            if (word.StartsWith('-'))
                yield return $"there is no option '{word}'" + (Suggest(word, options) is { } hint ? $", {hint}" : "");
            else if (i == 0 || !unknown[i - 1].StartsWith('-'))
                yield return $"'{unknown[i]}' is one word too many";
        }
    }

    private static IEnumerable<string> DescribeOthers(ParseResult parsed) => parsed.Errors
        .Select(error => error.Message)
        .Where(message => !parsed.UnmatchedTokens.Any(token => message == $"Unrecognized command or argument '{token}'."))
        .Select(message => message.TrimEnd('.').ReplaceLineEndings(" "));

    private static string? Suggest(string word, string[] names) =>
        Spelling.Nearest(word, names) is { } near ? $"did you mean '{near}'?" : null;
}

using System.CommandLine;
using Spectre.Console;

namespace FastFlannel.Daemon;

/// <summary>Where commands print: laid out for the width of a terminal, plain and unbroken anywhere else.</summary>
internal static class Terminal
{
    // No line is broken where a program reads.
    private const int Unlimited = 10_000;

    /// <summary>Standard output of a command.</summary>
    public static IAnsiConsole OutputOf(ParseResult parsed) => On(parsed.InvocationConfiguration.Output);

    /// <summary>Standard error of a command.</summary>
    public static IAnsiConsole ErrorsOf(ParseResult parsed) => On(parsed.InvocationConfiguration.Error);

    private static IAnsiConsole On(TextWriter writer)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = Unlimited;

        return console;
    }
}

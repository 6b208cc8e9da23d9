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

    /// <summary>A console that writes to a writer, which is a terminal only if it is one of the process's own.</summary>
    internal static IAnsiConsole On(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        if (output.IsTerminal)
            return AnsiConsole.Create(new AnsiConsoleSettings { Out = output });

        // Not left to detection, which believes $TERM for a writer that it does not know.
        IAnsiConsole plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = output,
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        plain.Profile.Width = Unlimited;
        return plain;
    }
}

using Spectre.Console;

namespace FastFlannel.Lab;

/// <summary>What every command of the lab shares with the person who runs it: progress, errors, Ctrl-C and exit codes.</summary>
internal static class LabTerminal
{
    private const int ProgressWidth = 80;
    private const int Interrupted = 130; // what a shell reports for SIGINT

    /// <summary>Does a command's work.</summary>
    /// <param name="work">Makes a lab, uses it and removes it, also when the token says so.</param>
    /// <param name="finish">Prints what was found and chooses the exit code.</param>
    /// <param name="ct">Ends the work early, as Ctrl-C does.</param>
    /// <returns>The exit code: 130 when interrupted, 1 when the lab could not be had.</returns>
    public static async Task<int> RunAsync<T>(
        Func<Progress, CancellationToken, Task<T>> work, Func<T, int> finish, CancellationToken ct)
    {
        using var interruption = new Interruption(ct);
        IAnsiConsole errors = ConsoleOn(Console.Error, ProgressWidth);
        try
        {
            return finish(await Progress.ShowAsync(errors, progress => work(progress, interruption.Token)));
        }
        catch (LabException error)
        {
            WriteError(errors, error.Message);
            return 1;
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            errors.WriteLine("lab: interrupted; everything is removed");
            return Interrupted;
        }
    }

    /// <summary>A console to lay tables out on.</summary>
    /// <param name="writer">Where it writes.</param>
    /// <param name="width">At most this many columns, and just as many where it is no terminal.</param>
    public static IAnsiConsole ConsoleOn(TextWriter writer, int width)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = console.Profile.Out.IsTerminal ? Math.Min(width, console.Profile.Width) : width;
        return console;
    }

    /// <summary>Red where there are colours. Not laid out: a line that was broken here could not be copied to a shell.</summary>
    internal static string Paint(string line, IReadOnlyCapabilities capabilities) =>
        capabilities.Ansi && capabilities.ColorSystem != ColorSystem.NoColors ? $"\u001b[31m{line}\u001b[0m" : line;

    // The message itself is red; the log under it is left as its daemon wrote it.
    private static void WriteError(IAnsiConsole console, string message)
    {
        string[] parts = message.Split('\n', 2);
        Console.Error.WriteLine(Paint($"lab: {parts[0]}", console.Profile.Capabilities));
        if (parts.Length > 1)
            Console.Error.WriteLine(parts[1]);
    }
}

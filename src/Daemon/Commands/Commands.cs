using System.CommandLine;
using System.CommandLine.Invocation;
using FastFlannel.Lab;

namespace FastFlannel.Daemon;

/// <summary>The commands beside the daemon itself: <c>fastflannel leases</c>, <c>fastflannel lab run</c> and so on.</summary>
internal static class Commands
{
    private const int Failed = 1;
    private const int UsageError = 2;
    private const int Interrupted = 130; // what a shell reports for SIGINT

    // A password may begin with @, and flags of one dash are flannel's whole words.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    /// <summary>Runs one.</summary>
    /// <param name="arguments">The arguments behind the program's name.</param>
    /// <returns>The exit code: 0 when it was done, 1 when it could not be, 2 when the command line is wrong.</returns>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments) =>
        RunAsync(arguments, Environment.GetEnvironmentVariable, new InvocationConfiguration());

    /// <inheritdoc cref="RunAsync(IReadOnlyList{string})"/>
    /// <param name="arguments">The arguments behind the program's name.</param>
    /// <param name="environment">Looks an environment variable up; null when there is none.</param>
    /// <param name="invocation">Where to print.</param>
    internal static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, Func<string, string?> environment, InvocationConfiguration invocation)
    {
        var root = new RootCommand("Without a command fastflannel is the daemon: see fastflannel --help.")
        {
            ConfigCommand.Create(environment),
            LeasesCommand.Create(environment),
            ReserveCommand.Create(environment),
            ReleaseCommand.Create(environment),
            CleanupCommand.Create(),
            DockerOptsCommand.Create(environment),
            LabCommand.Create(),
        };
        string[] names = [.. root.Subcommands.Select(command => command.Name)];
        if (arguments is [var first, ..] && !first.StartsWith('-') && !names.Contains(first))
        {
            invocation.Error.WriteLine($"fastflannel: {DescribeUnknown(first, names)}");
            return UsageError;
        }

        invocation.EnableDefaultExceptionHandler = false;

        // Ctrl-C ends a command at once; the lab catches it, and takes the time that it needs to remove everything.
        invocation.ProcessTerminationTimeout = null;
        try
        {
            ParseResult parsed = root.Parse(FlagOptions.Normalize(arguments), Parser);
            if (parsed.Action is not ParseErrorAction)
                return await parsed.InvokeAsync(invocation);

            foreach (string line in UsageErrors.Describe(parsed))
                invocation.Error.WriteLine(line);

            return UsageError;
        }
        catch (IOException e)
        {
            // Files are read and written with words of their own: what is left is standard output.
            invocation.Error.WriteLine($"fastflannel: cannot print: {e.Message}");
            return Failed;
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
#pragma warning disable CA1031 // the last place where a fault can be told, whatever it is
        catch (Exception e)
#pragma warning restore CA1031
        {
            invocation.Error.WriteLine($"fastflannel: unexpected failure, please report it: {e}");
            return Failed;
        }
    }

    private static string DescribeUnknown(string word, string[] names) =>
        $"there is no command '{word}', "
        + (Spelling.Nearest(word, names) is { } near
            ? $"did you mean '{near}'? See fastflannel --help"
            : $"expected {string.Join(", ", names)}, or flags; see fastflannel --help");
}

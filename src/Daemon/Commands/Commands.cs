using System.CommandLine;
using FastFlannel.Lab;

namespace FastFlannel.Daemon;

/// <summary>The commands beside the daemon itself: <c>fastflannel leases</c>, <c>fastflannel lab run</c> and so on.</summary>
internal static class Commands
{
    private const int UsageError = 2;

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
        ParseResult parsed = root.Parse(FlagOptions.Normalize(arguments), Parser);
        int code = await parsed.InvokeAsync(invocation);
        return parsed.Errors.Count > 0 ? UsageError : code;
    }
}

using System.CommandLine;
using FastFlannel.Lab;

namespace FastFlannel.Daemon;

/// <summary>The commands beside the daemon itself: <c>fastflannel cleanup</c>, <c>fastflannel lab run</c>.</summary>
internal static class Commands
{
    private const int UsageError = 2;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand("Without a command fastflannel is the daemon: see fastflannel --help.")
        {
            CleanupCommand.Create(),
            LabCommand.Create(),
        };
        ParseResult parsed = root.Parse(arguments);
        int code = await parsed.InvokeAsync();
        return parsed.Errors.Count > 0 ? UsageError : code;
    }
}

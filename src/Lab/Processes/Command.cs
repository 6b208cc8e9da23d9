using System.ComponentModel;
using System.Diagnostics;

namespace FastFlannel.Lab;

/// <summary>Runs a command to its end.</summary>
public static class Command
{
    /// <summary>Enough for any command that only asks or tells the kernel something, on a busy machine.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(20);

    /// <summary>Runs a command, feeds it and collects what it says.</summary>
    /// <param name="command">The program, looked up on PATH, and its arguments; no shell is involved.</param>
    /// <param name="input">Text for standard input, or <see langword="null"/> for none.</param>
    /// <param name="limit">After this long the command and its children are killed.</param>
    /// <param name="cancellation">Kills the command early.</param>
    /// <exception cref="LabException">The program is missing or did not end in time.</exception>
    public static async Task<CommandResult> RunAsync(
        IReadOnlyList<string> command, string? input, TimeSpan limit, CancellationToken cancellation)
    {
        string line = string.Join(' ', command);
        using var process = new Process { StartInfo = Describe(command) };
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(limit);
        Start(process);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(deadline.Token);
            await FeedAsync(process, input);
            await process.WaitForExitAsync(deadline.Token);
            return new CommandResult(line, process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellation.ThrowIfCancellationRequested();
            throw new LabException($"`{line}` did not end within {limit.TotalSeconds:0.#} s");
        }
    }

    /// <summary>Runs a command without input, within <see cref="DefaultLimit"/>.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="cancellation">Kills the command early.</param>
    public static Task<CommandResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancellation) =>
        RunAsync(command, null, DefaultLimit, cancellation);

    /// <summary>How every child of the lab is started: no shell, no terminal, all three streams ours.</summary>
    internal static ProcessStartInfo Describe(IReadOnlyList<string> command) => new(command[0], command.Skip(1))
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    internal static void Start(Process process)
    {
        try
        {
            _ = process.Start();
        }
        catch (Win32Exception error)
        {
            throw new LabException($"cannot start '{process.StartInfo.FileName}': {error.Message}", error);
        }
    }

    private static async Task FeedAsync(Process process, string? input)
    {
        try
        {
            if (input is not null)
                await process.StandardInput.WriteAsync(input);

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit code and its words tell more than a broken pipe.
        }
    }
}

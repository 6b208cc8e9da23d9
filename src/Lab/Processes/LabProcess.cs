using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>A long-running child: its output is kept, and it is stopped by its id, never by its name.</summary>
public sealed class LabProcess : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly ProcessLog _log;

    private LabProcess(Process process, ProcessLog log) => (_process, _log) = (process, log);

    /// <summary>The process id. <c>ip netns exec</c> becomes the command it runs, so this is the command's own.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The processor time it has used so far, user and system, in the kernel's ticks (proc_pid_stat(5)).</summary>
    /// <exception cref="LabException">It has ended, and its time with it.</exception>
    public TimeSpan ProcessorTime
    {
        get
        {
            try
            {
                _process.Refresh();
                return _process.TotalProcessorTime;
            }
            catch (Exception error) when (error is InvalidOperationException or Win32Exception)
            {
                throw new LabException($"process {Id} ({_process.StartInfo.FileName}) has ended", error);
            }
        }
    }

    /// <summary>The last thousand lines of standard output and standard error, oldest first.</summary>
    public IReadOnlyList<string> Lines => _log.Lines;

    /// <summary>How many lines of either it has written so far.</summary>
    public long LineCount => _log.Count;

    /// <summary>Starts a command.</summary>
    /// <param name="command">The program, looked up on PATH, and its arguments.</param>
    /// <param name="logFile">Where all of its output goes; an existing file is continued.</param>
    /// <exception cref="LabException">The program cannot be started.</exception>
    public static LabProcess Start(IReadOnlyList<string> command, string logFile)
    {
        var process = new Process { StartInfo = Command.Describe(command) };
        var log = new ProcessLog(logFile);
        process.OutputDataReceived += (_, said) => Keep(said.Data);
        process.ErrorDataReceived += (_, said) => Keep(said.Data);
        try
        {
            Command.Start(process);
        }
        catch
        {
            process.Dispose();
            log.Dispose();
            throw;
        }

        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new LabProcess(process, log);

        void Keep(string? line)
        {
            if (line is not null)
                log.Add(line);
        }
    }

    /// <summary>The end of what it said.</summary>
    /// <param name="lines">How many lines at most.</param>
    public string Tail(int lines) => string.Join('\n', Lines.TakeLast(lines));

    /// <summary>Sends a signal.</summary>
    /// <param name="signal">Its name without SIG, for example <c>TERM</c>.</param>
    /// <param name="cancellation">Gives up early.</param>
    public async Task SignalAsync(string signal, CancellationToken cancellation)
    {
        // The class library can only send SIGKILL; the shell's own `kill` spares the lab a native call.
        string id = Id.ToString(CultureInfo.InvariantCulture);
        if (!HasExited)
            _ = await Command.RunAsync(["sh", "-c", "kill -s \"$1\" \"$2\"", "sh", signal, id], cancellation);
    }

    /// <summary>Waits for its end, and for the end of its output.</summary>
    /// <param name="limit">How long to wait.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>The exit code; 128 plus the number of the signal that killed it.</returns>
    /// <exception cref="LabException">It did not end in time.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan limit, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(limit);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LabException($"process {Id} ({_process.StartInfo.FileName}) did not end within {limit.TotalSeconds:0.#} s");
        }
    }

    /// <summary>Asks it to end, and makes it end if it does not within five seconds.</summary>
    /// <param name="signal">How it is asked, for example <c>TERM</c> or <c>INT</c>.</param>
    /// <param name="cancellation">Stops waiting for a voluntary end; the process is killed then.</param>
    /// <returns>The exit code; 137 if it had to be killed.</returns>
    public async Task<int> StopAsync(string signal, CancellationToken cancellation)
    {
        try
        {
            await SignalAsync(signal, cancellation);
            return await WaitForExitAsync(StopLimit, cancellation);
        }
        catch (Exception error) when (error is LabException or OperationCanceledException)
        {
            _process.Kill();
            return await WaitForExitAsync(StopLimit, CancellationToken.None);
        }
    }

    /// <summary>Stops it with SIGTERM if it runs, and lets go of it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!HasExited)
            _ = await StopAsync("TERM", CancellationToken.None);

        _process.Dispose();
        _log.Dispose();
    }
}

using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon;

/// <summary>
/// <c>fastflannel run --supervised</c>: a parent that holds the daemon's descriptors and starts it again when it dies, so that device,
/// sockets and the packets in them outlive it. It speaks systemd's FD store to the daemon, and does nothing else; where there is
/// systemd it is not needed (docs/adr/0018-supervision.md).
/// </summary>
internal sealed class Supervisor : IDisposable
{
    private const int Failure = 1;
    private const int UsageError = 2;
    private const int SigKill = 9;
    private const int SigTerm = 15;

    private static readonly string[] Own = [NotifySocket.Variable, .. ServiceDescriptors.Variables];
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(200);

    private readonly IReadOnlyList<string> _arguments;
    private readonly ILogger _logger;
    private readonly DescriptorShelf _shelf = new();
    private readonly RestartPause _pause = new();
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _stopping = new();
    private readonly ManualResetEventSlim _ended = new();
    private ChildProcess? _child;

    private Supervisor(IReadOnlyList<string> arguments, ILogger logger) => (_arguments, _logger) = (arguments, logger);

    /// <summary>Runs a daemon until it is told to stop, or ends by itself with 0.</summary>
    /// <param name="arguments">The daemon's flags.</param>
    /// <returns>The daemon's last exit code.</returns>
    public static int Run(IReadOnlyList<string> arguments)
    {
        using var logs = new KlogProvider(TimeProvider.System, LogLevel.Information);
        using var supervisor = new Supervisor(arguments, logs.CreateLogger(nameof(Supervisor)));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, supervisor.Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, supervisor.Stop);
        return supervisor.Run();
    }

    public void Dispose()
    {
        _shelf.Dispose();
        _stopping.Dispose();
        _ended.Dispose();
    }

    private int Run()
    {
        var reader = new Thread(Read) { IsBackground = true, Name = "descriptors" };
        reader.Start();
        try
        {
            return RunUntilDone();
        }
        finally
        {
            _ended.Set();
            reader.Join();
        }
    }

    private void Read()
    {
        while (!_ended.IsSet)
            _ = _shelf.TryRead(Turn);
    }

    private int RunUntilDone()
    {
        while (true)
        {
            long began = TimeProvider.System.GetTimestamp();
            int code = RunGuarded();

            // Told to stop, taken over by another, or a command line that will never do.
            if (_stopping.IsSet || code is 0 or UsageError)
                return code;

            TimeSpan pause = _pause.After(TimeProvider.System.GetElapsedTime(began));
            _logger.DaemonDied(code, _shelf.Held.Count, pause.TotalSeconds);
            if (_stopping.Wait(pause))
                return code;
        }
    }

    /// <summary>A host that is out of processes or memory for a moment is one more reason to try again.</summary>
    private int RunGuarded()
    {
        try
        {
            return RunOnce();
        }
        catch (SysException e)
        {
            _logger.DaemonNotStarted(e.Message);
            return Failure;
        }
    }

    private int RunOnce()
    {
        ChildProcess child;
        lock (_lock)
        {
            // The order came between two runs, and there was nobody to pass it on to.
            if (_stopping.IsSet)
                return 0;

            IReadOnlyList<KeyValuePair<string, PassedDescriptor>> held = _shelf.Held;
            child = _child = ChildProcess.Start(
                Environment.ProcessPath!,
                ["fastflannel", .. _arguments],
                EnvironmentOf([.. held.Select(pair => pair.Key)]),
                [.. held.Select(pair => pair.Value), _shelf.Place]);
        }

        int code = child.Wait();
        lock (_lock)
            _child = null;

        // What it has sent before it died.
        while (_shelf.TryRead(TimeSpan.Zero))
        {
        }

        return code;
    }

    /// <summary>This process's, with what systemd would say in place of what it may have said here. The socket comes behind what is held.</summary>
    private static string[] EnvironmentOf(string[] names) =>
    [
        .. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(pair => !Own.Contains((string)pair.Key))
            .Select(pair => $"{pair.Key}={pair.Value}"),
        $"{NotifySocket.Variable}={HeldFile.PathOf(ServiceDescriptors.FirstNumber + names.Length)}",
        string.Create(CultureInfo.InvariantCulture, $"LISTEN_FDS={names.Length}"),
        $"LISTEN_FDNAMES={string.Join(':', names)}",
    ];

    /// <summary>The first order is passed on, a second one ends the daemon at once, as it does without a supervisor.</summary>
    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_lock)
        {
            _child?.Kill(_stopping.IsSet ? SigKill : SigTerm);
            _stopping.Set();
        }
    }
}

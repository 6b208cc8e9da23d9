using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>One daemon on one host, which may be stopped and started again.</summary>
public sealed class FlannelDaemon : IAsyncDisposable
{
    private const int FirstHealthPort = 8471;

    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(15);

    private readonly LabHost _host;
    private readonly DaemonOptions _options;
    private readonly string _logFile;
    private LabProcess? _process;
    private DateTime _fileBefore;

    /// <summary>Describes a daemon that does not run yet.</summary>
    /// <param name="host">Its host.</param>
    /// <param name="number">0 for the host's first.</param>
    /// <param name="options">How to start it.</param>
    internal FlannelDaemon(LabHost host, int number, DaemonOptions options)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"daemon{number}");
        (_host, _options, Number) = (host, options, number);
        SubnetFile = Path.Combine(host.Directory, name, "subnet.env");
        _logFile = Path.Combine(host.Directory, name + ".log");
    }

    /// <summary>0 for the host's first.</summary>
    public int Number { get; }

    /// <summary>Its binary.</summary>
    public string Binary => _options.Path;

    /// <summary>Its subnet.env.</summary>
    public string SubnetFile { get; }

    /// <summary>Where it serves /readyz and the like, on 127.0.0.1 of its host.</summary>
    public int HealthPort => FirstHealthPort + Number;

    /// <summary>Whether it was started and has not ended.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>The running process, or the one that ran last.</summary>
    /// <exception cref="LabException">It was never started.</exception>
    public LabProcess Process => _process ?? throw new LabException($"the daemon of {_host.Name} was never started");

    /// <summary>The processor time it has used since it was started.</summary>
    /// <exception cref="LabException">It does not run.</exception>
    public TimeSpan ProcessorTime => IsRunning
        ? Process.ProcessorTime
        : throw new LabException($"the daemon of {_host.Name} does not run");

    /// <summary>What it wrote to <see cref="SubnetFile"/>.</summary>
    public SubnetEnv Env => SubnetEnv.Read(SubnetFile);

    /// <summary>How it is started, inside of its host's namespace.</summary>
    public IReadOnlyList<string> CommandLine
    {
        get
        {
            string[] choice = _options.Interface is { } name ? ["--iface", name] : [];
            return
            [
                .. _options.Launcher, _options.Path, .. _options.Command, "--etcd-endpoints", EtcdServer.Endpoint,
                "--etcd-prefix", _options.Prefix, .. choice, "--subnet-file", SubnetFile, "--healthz-ip", "127.0.0.1",
                "--healthz-port", HealthPort.ToString(CultureInfo.InvariantCulture), "-v", "1", .. _options.Arguments,
            ];
        }
    }

    /// <summary>Starts it.</summary>
    public async Task StartAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();

        _process = Launch([]);
    }

    /// <summary>Starts another one while it runs, that takes over from it. From now on this is the other.</summary>
    /// <param name="arguments">Arguments after its own.</param>
    /// <returns>The process that ran so far, which ends by itself; to be disposed of.</returns>
    public LabProcess StartSuccessor(params IReadOnlyList<string> arguments)
    {
        LabProcess before = Process;
        _process = Launch(arguments);
        return before;
    }

    /// <summary>Waits until it has written <see cref="SubnetFile"/>.</summary>
    /// <param name="cancellation">Gives up early.</param>
    /// <exception cref="LabException">It ended, or took longer than 15 s; the message has the end of its log.</exception>
    public Task WaitReadyAsync(CancellationToken cancellation)
    {
        return WaitAsync(IsReady, ReadyLimit, $"the daemon of {_host.Name} to write {SubnetFile}", cancellation);

        bool IsReady() => Process.HasExited
            ? throw new LabException($"the daemon of {_host.Name} ended before it was ready")
            : File.GetLastWriteTimeUtc(SubnetFile) != _fileBefore;
    }

    /// <summary>Waits until its log has a text.</summary>
    /// <param name="text">Part of a line.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <exception cref="LabException">It did not log it in time; the message has the end of its log.</exception>
    public Task WaitForLogAsync(string text, TimeSpan limit, CancellationToken cancellation) => WaitAsync(
        () => Process.Lines.Any(line => line.Contains(text, StringComparison.Ordinal)),
        limit,
        $"the daemon of {_host.Name} to log '{text}'",
        cancellation);

    /// <summary>Stops it with a signal.</summary>
    /// <param name="signal">For example <c>TERM</c> or <c>INT</c>.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>Its exit code; 137 when it had to be killed.</returns>
    public Task<int> StopAsync(string signal, CancellationToken cancellation) => Process.StopAsync(signal, cancellation);

    /// <summary>Asks it for its counters.</summary>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>What it said, or <see langword="null"/> when it does not run or serves no status.</returns>
    public Task<DaemonStatus?> ReadStatusAsync(CancellationToken cancellation) =>
        DaemonStatus.ReadAsync(_host.Namespace, HealthPort, cancellation);

    /// <summary>Asks its health port.</summary>
    /// <param name="path">For example <c>/readyz</c>.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public Task<HealthAnswer> AskAsync(string path, CancellationToken cancellation) =>
        HealthAnswer.ReadAsync(_host.Namespace, HealthPort, path, HttpMethod.Get, cancellation);

    /// <summary>As <see cref="AskAsync(string, CancellationToken)"/>, by another method.</summary>
    public Task<HealthAnswer> AskAsync(HttpMethod method, string path, CancellationToken cancellation) =>
        HealthAnswer.ReadAsync(_host.Namespace, HealthPort, path, method, cancellation);

    /// <summary>The end of its log under a heading, for a person to read.</summary>
    public string DescribeLog() => $"--- the log of {_host.Name} ends with ---\n{Process.Tail(15)}";

    /// <summary>Stops it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
    }

    private LabProcess Launch(IReadOnlyList<string> arguments)
    {
        // A daemon leaves its file when it stops: only a file written from now on says that this one is ready.
        _fileBefore = File.GetLastWriteTimeUtc(SubnetFile);
        return _host.Namespace.Start([.. CommandLine, .. arguments], _logFile);
    }

    private async Task WaitAsync(Func<bool> condition, TimeSpan limit, string what, CancellationToken cancellation)
    {
        try
        {
            _ = await Wait.UntilAsync(condition, limit, what, cancellation);
        }
        catch (LabException error)
        {
            throw new LabException($"{error.Message}\n{DescribeLog()}", error);
        }
    }
}

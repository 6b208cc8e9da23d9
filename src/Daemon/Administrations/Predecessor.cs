using FastFlannel.Control;
using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon;

/// <summary>
/// The daemon that runs already, found by its admin socket. One that speaks another protocol, or carries nothing yet, is told to stop
/// and ends as after SIGTERM: the one thing that every version understands.
/// </summary>
internal sealed class Predecessor : IPredecessor, IDisposable
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly string _path;
    private readonly bool _isRequired;
    private readonly ServiceDescriptors _service;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AdminClient? _daemon;

    private Predecessor(string path, bool isRequired, ServiceDescriptors service, ILogger logger) =>
        (_path, _isRequired, _service, _logger) = (path, isRequired, service, logger);

    /// <summary>Ends when there is none, or none any more: what two daemons cannot have at once can be had.</summary>
    public Task Gone => _gone.Task;

    /// <inheritdoc/>
    public string? Identity { get; private set; }

    /// <summary>Looks for it. It is disturbed by <see cref="Take"/> only.</summary>
    /// <param name="options">Where it would be, and whether it may be there.</param>
    /// <param name="service">What a service manager has kept of a daemon that has ended.</param>
    /// <param name="logger">Is told what happens.</param>
    /// <exception cref="FatalException">It runs and must not, or does not run and must.</exception>
    public static Predecessor Find(DaemonOptions options, ServiceDescriptors service, ILogger logger)
    {
        string path = options.AdminSocketPath;
        var found = new Predecessor(path, options.Takeover == "require", service, logger);
        using AdminClient? running = found.Connect();
        if (running is null)
            found._gone.SetResult();
        else if (running.Greeting.Network is { Length: > 0 } network && EtcdKeys.Config(network) != EtcdKeys.Config(options.EtcdPrefix))
        {
            throw new FatalException(
                $"the daemon that is found at {path}, process {running.ProcessId}, is of the network {network} and not "
                + $"{options.EtcdPrefix}: give each its own --subnet-file, or its own --admin-socket");
        }
        else if (options.Takeover == "never")
        {
            throw new FatalException(
                $"a daemon runs already, process {running.ProcessId} ({running.Greeting.Program}), found at {path}: stop it first, or allow --takeover");
        }

        return found;
    }

    /// <inheritdoc/>
    public InheritedDescriptors Take()
    {
        _daemon = Gone.IsCompleted ? null : Connect();
        if (_daemon is null)
        {
            _ = _gone.TrySetResult();
            return _service.Inherit();
        }

        try
        {
            if (_daemon.Greeting.Protocol != AdminProtocol.Version)
                return FallBack($"it speaks version {_daemon.Greeting.Protocol} of the admin protocol, this one {AdminProtocol.Version}");

            _daemon.Say(AdminProtocol.Takeover);
            string answer = _daemon.ReadLine();
            if (answer.StartsWith(AdminProtocol.Error, StringComparison.Ordinal))
                return FallBack(answer[AdminProtocol.Error.Length..], isAnswered: true);

            string line = _daemon.ReadLine();
            string[] words = line.Split(' ');
            bool isUnderstood = answer.StartsWith(AdminProtocol.Identity, StringComparison.Ordinal)
                && words[0] == AdminProtocol.Descriptors
                && words.Distinct().Count() == words.Length;
            if (!isUnderstood)
                throw new IOException($"it says '{answer}' and '{line}', which cannot be understood");

            Identity = answer[AdminProtocol.Identity.Length..];
            IReadOnlyList<PassedDescriptor> descriptors = _daemon.TakeDescriptors();
            _logger.TakingOver(_daemon.ProcessId, _daemon.Greeting.Program);
            return new InheritedDescriptors(
                words.Skip(1).Zip(descriptors).ToDictionary(pair => pair.First, pair => pair.Second), LeaveAtOnce);
        }
        catch (IOException e)
        {
            throw Lost(e);
        }
    }

    /// <inheritdoc/>
    public void Release() => Order(AdminProtocol.Release);

    /// <inheritdoc/>
    public void Leave()
    {
        if (_daemon is null)
            return;

        Order(AdminProtocol.Leave);
        _ = WaitForEndAsync();
    }

    public void Dispose() => _daemon?.Dispose();

    private AdminClient? Connect()
    {
        try
        {
            return AdminClient.TryConnect(_path) ?? (_isRequired
                ? throw new FatalException($"--takeover is require, and no daemon runs that could be found at {_path}")
                : null);
        }
        catch (IOException e)
        {
            throw new FatalException($"{e.Message}; remove it, or choose another place with --admin-socket", e);
        }
    }

    /// <summary>Without a hand-over: a restart, as flannel's.</summary>
    /// <param name="reason">Why there is none.</param>
    /// <param name="isAnswered">Whether the connection has had its one command; the next needs another connection.</param>
    private InheritedDescriptors FallBack(string reason, bool isAnswered = false)
    {
        // To stop it now would leave the host without either for a moment.
        if (_isRequired || reason == AdminProtocol.Busy)
            throw new FatalException($"the daemon that runs, process {_daemon!.ProcessId}, cannot be taken over: {reason}");

        _logger.NoHandOver(_daemon!.ProcessId, _daemon.Greeting.Program, reason);
        if (isAnswered)
        {
            _daemon.Dispose();
            _daemon = Connect();
        }

        _daemon?.Say(AdminProtocol.Stop);
        WaitForEndAsync().GetAwaiter().GetResult();
        return _service.Inherit();
    }

    private void LeaveAtOnce()
    {
        Leave();
        Gone.GetAwaiter().GetResult();
    }

    private void Order(string command)
    {
        if (_daemon is null)
            return;

        try
        {
            _daemon.Say(command);
            string answer = _daemon.ReadLine();
            if (answer != AdminProtocol.Done)
                throw new IOException(answer);
        }
        catch (IOException e)
        {
            throw Lost(e);
        }
    }

    private async Task WaitForEndAsync()
    {
        if (_daemon is { } daemon && !await daemon.WaitForEndAsync(EndLimit))
            _logger.StillThere(daemon.ProcessId, EndLimit.TotalSeconds);

        _daemon?.Dispose();
        _daemon = null;
        _ = _gone.TrySetResult();
    }

    private FatalException Lost(IOException cause) => new(
        $"the daemon at {_path} could not be taken over: {cause.Message}. If it still runs, it goes on; start this one again", cause);
}

using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon;

/// <summary>Everything the daemon's shell logs. Event ids are stable, from 900 on.</summary>
internal static partial class DaemonLog
{
    [LoggerMessage(900, LogLevel.Information, "fastflannel {Version} with {Options}")]
    public static partial void Starting(this ILogger logger, string version, string options);

    [LoggerMessage(906, LogLevel.Debug, "All flags: {Options}")]
    public static partial void AllFlags(this ILogger logger, string options);

    [LoggerMessage(901, LogLevel.Warning, "{Warning}")]
    public static partial void OptionWarning(this ILogger logger, string warning);

    [LoggerMessage(902, LogLevel.Error, "{Problem}")]
    public static partial void Fatal(this ILogger logger, string problem);

    [LoggerMessage(903, LogLevel.Critical, "Unexpected failure, please report it")]
    public static partial void Unexpected(this ILogger logger, Exception exception);

    [LoggerMessage(904, LogLevel.Information, "Serving /healthz, /readyz, /status and /metrics on {Address}:{Port}")]
    public static partial void HealthServing(this ILogger logger, string address, int port);

    [LoggerMessage(905, LogLevel.Information, "Stopped")]
    public static partial void Stopped(this ILogger logger);

    [LoggerMessage(630, LogLevel.Critical, "These loops have not turned for {Seconds} s: {Loops}. Please report it; where systemd watches, it starts the daemon anew")]
    public static partial void Stalled(this ILogger logger, string loops, double seconds);

    [LoggerMessage(631, LogLevel.Warning, "Cannot tell systemd how the daemon does (NOTIFY_SOCKET): {Cause}; going on without")]
    public static partial void SystemdNotTold(this ILogger logger, string cause);

    [LoggerMessage(680, LogLevel.Information, "Taking over from process {Process} ({Program})")]
    public static partial void TakingOver(this ILogger logger, int process, string program);

    [LoggerMessage(681, LogLevel.Warning, "No hand-over from process {Process} ({Program}): {Reason}. It is stopped, and packets are lost until this one carries them")]
    public static partial void NoHandOver(this ILogger logger, int process, string program, string reason);

    [LoggerMessage(682, LogLevel.Warning, "Process {Process} was to end and is still there after {Seconds} s")]
    public static partial void StillThere(this ILogger logger, int process, double seconds);

    [LoggerMessage(683, LogLevel.Debug, "Listening at {Path} for a daemon that is to take over")]
    public static partial void Listening(this ILogger logger, string path);

    [LoggerMessage(684, LogLevel.Warning, "Cannot accept connections at {Path}, trying on: {Cause}")]
    public static partial void NotAccepting(this ILogger logger, string path, string cause);

    [LoggerMessage(685, LogLevel.Debug, "Refused process {Process} of user {User} at {Path}")]
    public static partial void ClientRefused(this ILogger logger, string path, int process, uint user);

    [LoggerMessage(686, LogLevel.Debug, "Dropped a client at {Path}: {Cause}")]
    public static partial void ClientDropped(this ILogger logger, string path, string cause);

    [LoggerMessage(687, LogLevel.Warning, "The daemon ended with {Code}; {Count} descriptors are held for it, and it is started again in {Seconds} s")]
    public static partial void DaemonDied(this ILogger logger, int code, int count, double seconds);

    [LoggerMessage(688, LogLevel.Error, "Could not start the daemon: {Cause}")]
    public static partial void DaemonNotStarted(this ILogger logger, string cause);
}

using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon;

/// <summary>Everything the daemon's shell logs. Event ids are stable, from 900 on.</summary>
internal static partial class DaemonLog
{
    [LoggerMessage(900, LogLevel.Information, "fastflannel {Version} with {Options}")]
    public static partial void Starting(this ILogger logger, string version, string options);

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
}

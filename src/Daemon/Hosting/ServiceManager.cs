using FastFlannel.Control;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon;

/// <summary>
/// Tells systemd how the node does (sd_notify(3)): a line for <c>systemctl status</c>, more time as long as the start waits for
/// something, and signs of life for the watchdog only while every loop of the node turns. docs/adr/0016-watchdog.md.
/// </summary>
internal sealed class ServiceManager(
    ISystemdNotifier systemd,
    WatchdogInterval watchdog,
    Readiness readiness,
    NodeStatus status,
    Pulse pulse,
    TimeProvider time,
    ILogger<ServiceManager> logger) : BackgroundService
{
    // Microseconds: how long systemd waits for the next word of a start that takes its time.
    private const string Extension = "30000000";

    private static readonly TimeSpan StartPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private string? _said;
    private bool _isStalled;

    private TimeSpan Pause => !readiness.IsReady ? StartPause
        : watchdog.Interval is { } interval && interval / 3 < LongestPause ? interval / 3
        : LongestPause;

    /// <summary>Says once how things stand.</summary>
    internal void Report()
    {
        SayStatus();
        ComplainOfStall();
        if (!pulse.IsBeating)
            return;

        if (watchdog.Interval is not null)
            systemd.Notify(new ServiceState("WATCHDOG=1"));

        if (!readiness.IsReady)
            systemd.Notify(new ServiceState($"EXTEND_TIMEOUT_USEC={Extension}"));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (systemd.IsEnabled)
        {
            Report();
            await Task.Delay(Pause, time, stoppingToken);
        }
    }

    private void SayStatus()
    {
        string line = StatusLine.Of(readiness.IsReady, status, pulse);
        if (line == _said)
            return;

        _said = line;
        systemd.Notify(new ServiceState($"STATUS={line}"));
    }

    private void ComplainOfStall()
    {
        IReadOnlyList<string> stalled = pulse.Stalled;
        if (stalled.Count > 0 && !_isStalled)
            logger.Stalled(string.Join(", ", stalled), Pulse.LongestTurn.TotalSeconds);

        _isStalled = stalled.Count > 0;
    }
}

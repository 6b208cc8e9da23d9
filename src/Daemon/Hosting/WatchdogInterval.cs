using System.Globalization;

namespace FastFlannel.Daemon;

/// <summary>How often systemd wants a sign of life (sd_watchdog_enabled(3)).</summary>
/// <param name="Interval">After so long without one it ends the daemon; null when nobody watches.</param>
internal sealed record WatchdogInterval(TimeSpan? Interval)
{
    /// <summary>Reads <c>WATCHDOG_USEC</c>, unless <c>WATCHDOG_PID</c> says that it is meant for another process.</summary>
    /// <param name="environment">Looks an environment variable up; null when there is none.</param>
    /// <param name="processId">This process.</param>
    public static WatchdogInterval Of(Func<string, string?> environment, int processId)
    {
        bool isOthers = environment("WATCHDOG_PID") is { Length: > 0 } text
            && text != processId.ToString(CultureInfo.InvariantCulture);
        return !isOthers
            && long.TryParse(environment("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)
            && microseconds is > 0 and < long.MaxValue / TimeSpan.TicksPerMicrosecond
                ? new WatchdogInterval(TimeSpan.FromMicroseconds(microseconds))
                : new WatchdogInterval((TimeSpan?)null);
    }
}

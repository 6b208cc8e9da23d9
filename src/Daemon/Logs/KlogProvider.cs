using System.Globalization;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon;

/// <summary>
/// Logs to standard error in the shape of flanneld's klog, so that what reads flanneld's logs reads these:
/// <c>I1123 23:20:01.123456    4711 NodeLifecycle] text</c>.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="least">The least level that is written.</param>
/// <param name="output">Where to; null for standard error.</param>
internal sealed class KlogProvider(TimeProvider time, LogLevel least, TextWriter? output = null) : ILoggerProvider
{
    private readonly Lock _writing = new();
    private readonly LogLevel _least = least;

    public ILogger CreateLogger(string categoryName) => new KlogLogger(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void Dispose()
    {
    }

    private void Write(LogLevel level, string category, string text)
    {
        string moment = time.GetLocalNow().ToString("MMdd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        string line = $"{Letter(level)}{moment} {Environment.ProcessId,7} {category}] {text}";
        try
        {
            lock (_writing)
                (output ?? Console.Error).WriteLine(line);
        }
        catch (IOException)
        {
            // A file on a disk that is full, for example. Packets matter more than what is said of them.
        }
    }

    private static char Letter(LogLevel level) => level switch
    {
        LogLevel.Critical => 'F',
        LogLevel.Error => 'E',
        LogLevel.Warning => 'W',
        _ => 'I',
    };

    private sealed class KlogLogger(KlogProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= provider._least && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                provider.Write(logLevel, category, exception is null ? formatter(state, exception) : $"{formatter(state, exception)}: {exception}");
        }
    }
}

using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon.Tests;

public class KlogProviderTests
{
    [Fact]
    public void Lines_have_klogs_shape()
    {
        var text = new StringWriter();
        using var provider = new KlogProvider(TimeProvider.System, LogLevel.Information, text);
        ILogger logger = provider.CreateLogger("FastFlannel.Control.NodeLifecycle");
        logger.Log(LogLevel.Warning, "one");
        logger.Log(LogLevel.Debug, "not wanted");
        Assert.Matches(@"^W[0-9]{4} [0-9:]{8}\.[0-9]{6} +[0-9]+ NodeLifecycle\] one\n$", text.ToString());
    }

    [Fact]
    public void A_disk_that_is_full_stops_nobody()
    {
        using var full = new StreamWriter(new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
        {
            AutoFlush = true,
        };
        using var provider = new KlogProvider(TimeProvider.System, LogLevel.Information, full);
        ILogger logger = provider.CreateLogger("Test");
        for (int i = 0; i < 3; i++)
            logger.Log(LogLevel.Error, "nobody reads this");
    }
}

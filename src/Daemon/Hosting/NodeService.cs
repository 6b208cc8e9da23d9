using FastFlannel.Control;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon;

/// <summary>Runs the node inside the host process, tells systemd when it is ready, and turns its end into an exit code.</summary>
internal sealed class NodeService(
    NodeLifecycle node,
    Readiness readiness,
    ISystemdNotifier systemd,
    IHostApplicationLifetime host,
    ILogger<NodeService> logger) : BackgroundService
{
    /// <summary>0 after an order to stop, 1 after a failure.</summary>
    public int ExitCode { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await node.RunAsync(AnnounceReady, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            logger.Stopped();
        }
        catch (FatalException e)
        {
            logger.Fatal(e.Message);
            systemd.Notify(new ServiceState($"STATUS=Failed: {StatusLine.OneLine(e.Message)}"));
            ExitCode = 1;
        }
#pragma warning disable CA1031 // the last place where a fault can be told, whatever it is
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.Unexpected(e);
            ExitCode = 1;
        }

        systemd.Notify(ServiceState.Stopping);
        host.StopApplication();
    }

    private void AnnounceReady()
    {
        readiness.Announce();
        systemd.Notify(ServiceState.Ready);
    }
}

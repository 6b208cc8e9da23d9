using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FastFlannel.Control;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon;

/// <summary>
/// Serves <c>/healthz</c> and <c>/readyz</c> with flanneld's answers (flannel, main.go), <c>/status</c> with what the backend does,
/// and <c>/metrics</c> with the same for Prometheus. docs/adr/0014-readiness.md.
/// </summary>
internal sealed class HealthService(
    IPEndPoint endpoint, Predecessor predecessor, Readiness readiness, NodeStatus status, Pulse pulse, ILogger<HealthService> logger)
    : BackgroundService
{
    // A probe may ask for the head alone, and flanneld answers it.
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    private WebApplication? _server;

    private ReadinessAnswer Answer => ReadinessAnswer.Of(readiness.IsReady, status, pulse.Waiting);

    /// <exception cref="FatalException">The address or the port cannot be had.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // The daemon that is to be taken over answers there as yet.
        if (predecessor.Gone.IsCompleted)
            await ServeAsync(cancellationToken);

        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_server is not null)
            await _server.DisposeAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_server is not null)
            return;

        await predecessor.Gone.WaitAsync(stoppingToken);
        try
        {
            await ServeAsync(stoppingToken);
        }
        catch (FatalException e)
        {
            // Packets flow, and go on doing so.
            logger.Fatal(e.Message);
        }
    }

    private async Task ServeAsync(CancellationToken cancellation)
    {
        // Not a slim one, which watches the working directory for settings, with all that is below: under systemd and in containers
        // that is the whole file system.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(endpoint));
        _server = builder.Build();
        _server.MapMethods("/healthz", Methods, context => context.Response.WriteAsync("flanneld is running", context.RequestAborted));
        _server.MapMethods("/readyz", Methods, AnswerReadiness);
        _server.MapMethods("/status", Methods, AnswerStatus);
        _server.MapMethods("/metrics", Methods, AnswerMetrics);
        try
        {
            await _server.StartAsync(cancellation);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Kestrel has an exception of its own for a port in use alone.
            throw new FatalException($"cannot serve health on {endpoint} (--healthz-ip, --healthz-port): {e.Message}", e);
        }

        logger.HealthServing(endpoint.Address.ToString(), endpoint.Port);
    }

    private Task AnswerReadiness(HttpContext context)
    {
        ReadinessAnswer answer = Answer;
        context.Response.StatusCode = answer.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(answer.Text, context.RequestAborted);
    }

    private Task AnswerMetrics(HttpContext context)
    {
        context.Response.ContentType = Exposition.ContentType;
        return context.Response.WriteAsync(
            NodeMetrics.Write(status, Answer.IsReady, DaemonProcess.Version), context.RequestAborted);
    }

    private Task AnswerStatus(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        if (status.Backend is { } backend)
        {
            string document = JsonSerializer.Serialize(StatusDocument.Of(backend, status), StatusJson.Default.StatusDocument);
            return context.Response.WriteAsync(document + "\n", context.RequestAborted);
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        var start = new StartDocument(null, pulse.Waiting);
        return context.Response.WriteAsync(
            JsonSerializer.Serialize(start, StatusJson.Default.StartDocument) + "\n", context.RequestAborted);
    }
}

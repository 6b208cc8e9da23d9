using System.Net;
using System.Net.Sockets;
using FastFlannel.Control;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastFlannel.Daemon.Tests;

/// <summary>Where health cannot be served, the daemon says so and does not start.</summary>
public sealed class HealthServiceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ffhealth").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task An_address_that_is_not_this_hosts_is_named()
    {
        // For documentation (RFC 5737): nobody has it.
        await AssertRefusedAsync(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 8470));
    }

    [Fact]
    public async Task A_port_that_somebody_has_is_named()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        await AssertRefusedAsync((IPEndPoint)other.LocalEndPoint!);
    }

    private async Task AssertRefusedAsync(IPEndPoint endpoint)
    {
        DaemonOptions options = DaemonOptions.Default with { SubnetFile = Path.Combine(_directory, "subnet.env") };
        using Predecessor nobody = Predecessor.Find(options, new ServiceDescriptors(_ => null, 1), NullLogger.Instance);
        using var health = new HealthService(
            endpoint, nobody, new Readiness(), new NodeStatus(), new Pulse(TimeProvider.System), NullLogger<HealthService>.Instance);
        FatalException error = await Assert.ThrowsAsync<FatalException>(() => health.StartAsync(Cancel));
        Assert.StartsWith($"cannot serve health on {endpoint} (--healthz-ip", error.Message, StringComparison.Ordinal);
        await health.StopAsync(Cancel);
    }
}

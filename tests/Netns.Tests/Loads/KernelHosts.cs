using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Two hosts that reach each other through the kernel, and a plain peer's.</summary>
public sealed class KernelHosts : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private LoadedHosts? _hosts;

    internal LoadedHosts All => _hosts!;

    /// <summary>Waits until both hosts send through the kernel.</summary>
    internal static Task WaitForKernelAsync(LoadedHosts hosts, CancellationToken cancellation) => Task.WhenAll(hosts.Ours.Select(
        host => Wait.UntilAsync(
            async () => (await host.Daemon.ReadStatusAsync(cancellation))?.KernelTunnel?.Peers == 1,
            Limit,
            $"{host.Name} to send through the kernel",
            cancellation)));

    public async ValueTask InitializeAsync()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        _hosts = await LoadedHosts.StartAsync("", withPlain: true, cancellation);
        await WaitForKernelAsync(_hosts, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_hosts is not null)
            await _hosts.DisposeAsync();
    }
}

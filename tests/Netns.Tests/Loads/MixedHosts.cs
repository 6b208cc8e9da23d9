namespace FastFlannel.Netns.Tests;

/// <summary>Two of our hosts and a plain peer's, whose daemons each test of a class configures anew.</summary>
public sealed class MixedHosts : IAsyncLifetime
{
    private LoadedHosts? _hosts;

    internal LoadedHosts All => _hosts!;

    public async ValueTask InitializeAsync() =>
        _hosts = await LoadedHosts.StartAsync("", withPlain: true, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_hosts is not null)
            await _hosts.DisposeAsync();
    }
}

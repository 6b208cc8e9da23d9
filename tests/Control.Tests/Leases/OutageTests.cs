namespace FastFlannel.Control.Tests;

/// <summary>Two hosts whose etcd, each test's own, goes away in one way or another: the end state of both, and their log.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly EtcdProcess _etcd = new();
    private FollowingHosts _hosts = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _etcd.InitializeAsync();
        _hosts = await FollowingHosts.StartAsync(_etcd.NewSettings(), 2);
    }

    public async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync();
        await _etcd.DisposeAsync();
    }

    [Fact]
    public async Task Killed_and_restarted_it_is_followed_again()
    {
        _etcd.Kill();
        await _hosts.UntilLoggedAsync("Lost sight");
        Assert.All(_hosts.All, host => Assert.Single(host.Peers));
        await _etcd.StartAgainAsync(empty: false);
        await PutAsync(3);
        await _hosts.UntilTheySeeAsync(1, 2, 3);
        await _hosts.UntilRenewedAsync();
        _hosts.AssertNobodyWasLost();
        _hosts.AssertQuiet();
        Assert.Equal(2, (await _etcd.LeasesAsync()).Count);
        Assert.InRange(await _etcd.RequestsAsync("Range"), 2, 20);
    }

    [Fact]
    public async Task Stopped_it_is_noticed_and_followed_again_when_it_goes_on()
    {
        await _etcd.SignalAsync("STOP");
        try
        {
            await _hosts.UntilLoggedAsync("Lost sight");
            Assert.All(_hosts.All, host => Assert.Single(host.Peers));
        }
        finally
        {
            await _etcd.SignalAsync("CONT");
        }

        await PutAsync(3);
        await _hosts.UntilTheySeeAsync(1, 2, 3);

        // A renewal under way may have been done without an answer: its etcd lease is found and revoked.
        await _hosts.UntilRenewedAsync();
        await _hosts.UntilAsync(async () => (await _etcd.LeasesAsync()).Count == 2);
        _hosts.AssertNobodyWasLost();
        _hosts.AssertQuiet();
    }

    [Fact]
    public async Task What_was_compacted_while_it_was_away_is_known_afterwards()
    {
        await PutAsync(3);
        await _hosts.UntilTheySeeAsync(1, 2, 3);
        _etcd.Kill();
        await _hosts.UntilLoggedAsync("Lost sight");
        await _etcd.WhileHiddenAsync(async () =>
        {
            _ = await _etcd.CtlAsync("del", _hosts.Key(3));
            await PutAsync(4);
            _ = await _etcd.CtlAsync("put", _hosts.Key(5), FollowingHosts.Value(6));
            _ = await _etcd.CtlAsync("put", _hosts.Key(5), FollowingHosts.Value(5));
            await CompactAsync();
        });
        await _etcd.StartAgainAsync(empty: false);
        await _hosts.UntilTheySeeAsync(1, 2, 4, 5);
        _hosts.AssertQuiet();
    }

    [Fact]
    public async Task Compacted_under_a_live_watch_and_restarted_it_is_followed_on()
    {
        await PutAsync(3);
        await _hosts.UntilTheySeeAsync(1, 2, 3);
        await CompactAsync();
        _etcd.Kill();
        await _etcd.StartAgainAsync(empty: false);
        await PutAsync(4);
        await _hosts.UntilTheySeeAsync(1, 2, 3, 4);
        _hosts.AssertNobodyWasLost();
        _hosts.AssertQuiet();
    }

    [Fact]
    public async Task An_etcd_that_dies_again_and_again_does_not_fill_the_log()
    {
        for (int i = 0; i < 6; i++)
        {
            _etcd.Kill();
            await _hosts.UntilAsync(() => Task.FromResult(_hosts.All.All(host => host.Endpoint is null)));
            await _etcd.StartAgainAsync(empty: false);
            await PutAsync(3 + i);
            await _hosts.UntilTheySeeAsync([.. Enumerable.Range(1, 3 + i)]);
        }

        _hosts.AssertNobodyWasLost();
        _hosts.AssertQuiet();
    }

    [Theory]
    [InlineData("STOP")]
    [InlineData("KILL")]
    public async Task Without_it_a_host_ends_at_once_when_told_to(string signal)
    {
        await _etcd.SignalAsync(signal);
        await Task.WhenAll(_hosts.All.Select(host => host.StopAsync())).WaitAsync(TimeSpan.FromSeconds(3), Token);
    }

    [Fact]
    public async Task A_subnet_that_another_host_got_meanwhile_stops_the_first_which_names_it()
    {
        _etcd.Kill();
        await _hosts.UntilLoggedAsync("Lost sight");
        await _etcd.WhileHiddenAsync(() => _etcd.CtlAsync("put", _hosts.Key(1), """{"PublicIP":"192.168.77.99"}"""));
        await _etcd.StartAgainAsync(empty: false);
        var e = await Assert.ThrowsAsync<FatalException>(() => _hosts.All[0].Watching.WaitAsync(Limit, Token));
        Assert.Contains("192.168.77.99", e.Message, StringComparison.Ordinal);
        Assert.False(_hosts.All[1].Watching.IsCompleted);
    }

    private Task PutAsync(int host) => _etcd.CtlAsync("put", _hosts.Key(host), FollowingHosts.Value(host));

    private async Task CompactAsync()
    {
        using var store = _etcd.NewStore();
        _ = await _etcd.CtlAsync("compact", $"{(await new LeaseRegistry(store).ListAsync(Token)).Revision}");
    }
}

namespace FastFlannel.Control.Tests;

/// <summary>Two hosts whose etcd comes back with another history than the one they knew.</summary>
public sealed class HistoryTests : IAsyncLifetime
{
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
    public async Task Restarted_with_nothing_it_gets_every_lease_back_and_no_host_is_lost_meanwhile()
    {
        await RaiseRevisionAsync();
        _etcd.Kill();
        await _etcd.StartAgainAsync(empty: true);
        await _hosts.UntilAsync(async () => (await KeysAsync()).SetEquals([_hosts.Key(1), _hosts.Key(2)]));
        await _hosts.UntilLoggedAsync("history went back");
        await PutAsync(3);
        await _hosts.UntilTheySeeAsync(1, 2, 3);
        await AssertWellAsync(1, 2, 3);
    }

    [Fact]
    public async Task Restored_from_an_older_copy_it_is_believed_about_others_and_corrected_about_the_hosts()
    {
        await PutAsync(3);
        string copy = await SaveAsync();
        _ = await _etcd.CtlAsync("del", _hosts.Key(3));
        await RaiseRevisionAsync();
        await PutAsync(4);
        await _hosts.UntilTheySeeAsync(1, 2, 4);

        _etcd.Kill();
        await _etcd.RestoreAsync(copy);
        await _etcd.WhileHiddenAsync(async () =>
        {
            // As if it were from before the second host's first start, and from a time when the first had another address.
            _ = await _etcd.CtlAsync("del", _hosts.Key(2));
            _ = await _etcd.CtlAsync(
                "put", "--ignore-lease", _hosts.Key(1), """{"PublicIP":"192.168.77.1","PublicIPv6":"fd00::1","Zone":"a"}""");
        });
        await _etcd.StartAgainAsync(empty: false);
        await _hosts.UntilLoggedAsync("history went back");
        await _hosts.UntilTheySeeAsync(1, 2, 3);
        await AssertWellAsync(1, 2, 3);
        string own = await _etcd.CtlAsync("get", _hosts.Key(1));
        Assert.Contains("""{"PublicIP":"192.168.77.1","PublicIPv6":null,"Zone":"a"}""", own, StringComparison.Ordinal);
    }

    /// <summary>The reason why a watch is not resumed: nothing at all tells that this is another history.</summary>
    [Fact]
    public async Task Restored_from_an_older_copy_that_has_grown_past_the_last_revision_it_is_believed_as_well()
    {
        string copy = await SaveAsync();
        await PutAsync(3);
        await _hosts.UntilTheySeeAsync(1, 2, 3);
        long before = await RevisionAsync();

        _etcd.Kill();
        await _etcd.RestoreAsync(copy);
        await _etcd.WhileHiddenAsync(async () =>
        {
            await PutAsync(4);
            while (await RevisionAsync() <= before + 20)
                await RaiseRevisionAsync();
        });
        await _etcd.StartAgainAsync(empty: false);
        await _hosts.UntilTheySeeAsync(1, 2, 4);
        await AssertWellAsync(1, 2, 4);
        Assert.All(_hosts.All, host => Assert.False(host.Logger.Has("history went back")));
    }

    private Task PutAsync(int host) => _etcd.CtlAsync("put", _hosts.Key(host), FollowingHosts.Value(host));

    private async Task RaiseRevisionAsync()
    {
        for (int i = 0; i < 20; i++)
            _ = await _etcd.CtlAsync("put", "/elsewhere", "1");
    }

    private async Task<long> RevisionAsync()
    {
        using var store = _etcd.NewStore();
        return (await new LeaseRegistry(store).ListAsync(Token)).Revision;
    }

    private async Task<string> SaveAsync()
    {
        string file = _etcd.NewFile("copy.db");
        _ = await _etcd.CtlAsync("snapshot", "save", file);
        return file;
    }

    private async Task<HashSet<string>> KeysAsync() =>
    [
        .. (await _etcd.CtlAsync("get", "--prefix", _hosts.Key(1)[..^"10.5.1.0-24".Length], "--keys-only"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries),
    ];

    private async Task AssertWellAsync(params int[] numbers)
    {
        await _hosts.UntilRenewedAsync();
        Assert.Equal([.. numbers.Select(_hosts.Key).Order()], (await KeysAsync()).Order());
        Assert.All(_hosts.All, host => Assert.False(host.Own.Current.IsReservation));
        _hosts.AssertNobodyWasLost();
        _hosts.AssertQuiet();
    }
}

using System.Diagnostics;

namespace FastFlannel.Control.Tests;

/// <summary>Three real members, of which the one in use goes away in every way a process can.</summary>
public sealed class EtcdFailoverTests : IDisposable
{
    // A silent connection is closed after 10 s at most.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly EtcdBed _bed = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _bed.Dispose();

    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    [InlineData("TERM")]
    public async Task Another_member_is_used_when_the_one_in_use_goes(string signal)
    {
        _ = await _bed.StartAsync(3);
        var logger = new RecordingLogger();
        using var store = new EtcdStore(EtcdBed.Settings(_bed.Endpoints), TimeProvider.System, logger);
        Uri first = await UntilAnsweredAsync(store);
        Server(first).Signal(signal);
        Uri second = await UntilAnsweredAsync(store, first);

        // And that one as well, once the first is back.
        if (signal == "STOP")
            Server(first).Signal("CONT");
        else
            await RestartAsync(Server(first));

        Server(second).Signal(signal);
        Uri third = await UntilAnsweredAsync(store, second);

        // Each change is told, and an election may bring one more.
        Assert.Equal($"Using etcd at {EtcdException.Name(first)}", logger.Lines[0]);
        Assert.Equal($"Using etcd at {EtcdException.Name(third)}", logger.Lines[^1]);
        Assert.InRange(logger.Lines.Count, 3, 6);
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    public async Task A_watch_ends_with_its_member_and_goes_on_at_another(string signal)
    {
        using EtcdStore store = await StartAsync();
        long revision = (await store.ListAsync("/fet/", Token)).Header.Revision;
        await using IAsyncEnumerator<IReadOnlyList<Mvccpb.Event>> watch = store.WatchAsync("/fet/", revision + 1, Token).GetAsyncEnumerator(Token);
        ValueTask<bool> next = watch.MoveNextAsync();
        Uri first = store.Endpoint!;
        Server(first).Signal(signal);
        EtcdException e = await Assert.ThrowsAsync<EtcdException>(() => next.AsTask().WaitAsync(Limit, Token));
        Assert.StartsWith($"etcd at {EtcdException.Name(first)}: ", e.Message, StringComparison.Ordinal);

        EtcdServer other = _bed.Servers.First(server => server.Endpoint != EtcdException.Name(first));
        await UntilPutAsync(other, "/fet/x", "1");
        Uri second = await UntilAnsweredAsync(store, first);
        await foreach (IReadOnlyList<Mvccpb.Event> events in store.WatchAsync("/fet/", revision + 1, Token))
        {
            Assert.Equal("/fet/x", Assert.Single(events).Kv.Key.ToStringUtf8());
            break;
        }

        Assert.NotEqual(first, second);
    }

    /// <summary>
    /// Each asks the silent member a second time in the very moment in which its connection is given up; gRPC then fails in ways of
    /// its own. Of thirty some meet it.
    /// </summary>
    [Fact]
    public async Task Every_watch_of_a_stopped_member_ends_with_an_error_that_names_it()
    {
        EtcdServer server = await _bed.StartAsync();
        EtcdStore[] stores = [.. Enumerable.Range(0, 30).Select(_ => Store(server.Endpoint))];
        foreach (EtcdStore store in stores)
            _ = await store.GetAsync("/fet/x", Token);

        Task[] watches = [.. stores.Select(store => WatchAsync(store))];
        server.Signal("STOP");
        await Task.WhenAll(watches).WaitAsync(Limit, Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        foreach (EtcdStore store in stores)
            store.Dispose();

        Assert.All(watches, watch => Assert.StartsWith(
            $"etcd at {server.Endpoint}: ", Assert.IsType<EtcdException>(watch.Exception?.InnerException).Message, StringComparison.Ordinal));

        static async Task WatchAsync(EtcdStore store)
        {
            await foreach (IReadOnlyList<Mvccpb.Event> _ in store.WatchAsync("/fet/", 0, Token))
            {
            }
        }
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(HttpRequestException))]
    public async Task What_a_dying_connection_says_is_told_as_the_members_failure(Type type)
    {
        EtcdSettings settings = EtcdBed.Settings(["http://127.0.0.1:1"]);
        using var member = new EtcdMember(settings.Endpoints[0], settings, null);
        EtcdException e = await Assert.ThrowsAsync<EtcdException>(() => member.GuardAsync<bool>(
            () => throw (Exception)Activator.CreateInstance(type, "The connection was aborted.")!, Token));
        Assert.Equal("etcd at http://127.0.0.1:1: The connection was aborted.", e.Message);
        Assert.Null(e.Status);
    }

    [Fact]
    public async Task Members_that_are_dead_or_stopped_from_the_start_are_passed_over()
    {
        EtcdServer[] servers = await _bed.StartAsync(3);
        servers[0].Signal("STOP");
        using EtcdStore store = Store("http://127.0.0.1:1", servers[0].Endpoint, servers[1].Endpoint);
        Assert.Equal(servers[1].Endpoint, EtcdException.Name(await UntilAnsweredAsync(store)));
    }

    [Fact]
    public async Task A_cluster_without_majority_is_described_member_by_member()
    {
        using EtcdStore store = await StartAsync();
        _bed.Servers[0].Signal("KILL");
        _bed.Servers[1].Signal("STOP");
        string[] expected =
        [
            $"etcd at {_bed.Endpoints[0]}: Connection refused",
            $"etcd at {_bed.Endpoints[1]}: no answer in time",
            $"etcd at {_bed.Endpoints[2]}: it has no leader: the cluster has lost its majority, or this member has lost the cluster",
        ];
        string all = $"no endpoint of --etcd-endpoints can be used: {string.Join("; ", expected)}";
        await UntilAsync(async () =>
        {
            EtcdException? e = await Record.ExceptionAsync(() => store.GetAsync("/fet/x", Token)) as EtcdException;
            return e?.Message == all;
        });

        _bed.Servers[1].Signal("CONT");
        _ = await UntilAnsweredAsync(store);
    }

    [Fact]
    public async Task A_call_to_a_stopped_member_fails_in_time_and_the_next_one_works()
    {
        using EtcdStore store = await StartAsync();
        Server(await UntilAnsweredAsync(store)).Signal("STOP");
        long began = Stopwatch.GetTimestamp();
        _ = await Assert.ThrowsAsync<EtcdException>(() => store.GetAsync("/fet/x", Token));
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, Limit);

        // Unless the members elect another leader first.
        _ = await UntilAnsweredAsync(store);
    }

    private static EtcdStore Store(params string[] endpoints) => new(EtcdBed.Settings(endpoints), TimeProvider.System);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Token);
        timeout.CancelAfter(Limit);
        while (!await condition())
            await Task.Delay(50, timeout.Token);
    }

    /// <summary>Asks until one answers, in time, and not the one that must not.</summary>
    private static async Task<Uri> UntilAnsweredAsync(EtcdStore store, Uri? not = null)
    {
        Uri? used = null;
        await UntilAsync(async () =>
        {
            Exception? e = await Record.ExceptionAsync(() => store.GetAsync("/fet/x", Token));
            Assert.True(e is null or EtcdException, e?.ToString());
            used = store.Endpoint;
            return e is null && used is not null && used != not;
        });
        return used!;
    }

    private static async Task RestartAsync(EtcdServer server)
    {
        server.WaitForExit();
        server.Start();
        await EtcdBed.WaitAsync(server);
    }

    /// <summary>Tries on while the members elect a leader.</summary>
    private static Task UntilPutAsync(EtcdServer server, string key, string value) => UntilAsync(
        async () => await Record.ExceptionAsync(() => EtcdBed.CtlAsync(server, "put", key, value)) is null);

    private EtcdServer Server(Uri endpoint) => _bed.Servers.Single(server => server.Endpoint == EtcdException.Name(endpoint));

    private async Task<EtcdStore> StartAsync()
    {
        _ = await _bed.StartAsync(3);
        return Store(_bed.Endpoints);
    }
}

using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>Who has a public IP, in a real etcd.</summary>
public sealed class OwnerMarkTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>, IAsyncDisposable
{
    private static readonly Ipv4Address PublicIP = Ipv4Address.Parse("10.0.2.15");
    private static readonly HostProcess Vm1 = new("vm1", "aaaa", "boot-1", 100, 1000);
    private static readonly HostProcess Vm2 = new("vm2", "aaaa", "boot-2", 100, 1000);
    private readonly EtcdStore _store = etcd.NewStore();
    private readonly RecordingLogger _logger = new();
    private readonly List<OwnerMark> _marks = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Prefix => _store.Settings.Prefix;

    public async ValueTask DisposeAsync()
    {
        foreach (OwnerMark mark in _marks)
            await mark.DisposeAsync();

        _store.Dispose();
    }

    [Fact]
    public async Task A_mark_names_its_owner_out_of_flannelds_sight_and_goes_with_it()
    {
        OwnerMark mark = New(Vm1);
        await mark.ClaimAsync(Token);
        Assert.Equal($"{Prefix}/owners/10.0.2.15\n{Vm1.ToJson()}\n", await DumpAsync());
        Assert.Equal(Vm1, HostProcess.Read(Vm1.ToJson()));
        Assert.Empty((await _store.ListAsync(EtcdKeys.Subnets(Prefix), Token)).Kvs);
        await mark.DisposeAsync();
        Assert.Empty(await DumpAsync());
    }

    [Fact]
    public async Task Of_two_live_hosts_the_second_is_refused_with_both_names_and_the_way_out()
    {
        OwnerMark first = New(Vm1);
        await first.ClaimAsync(Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task keeping = first.KeepAsync(stop.Token);
        var e = await Assert.ThrowsAsync<FatalException>(() => New(Vm2).ClaimAsync(Token));
        foreach (string part in (string[])["10.0.2.15", "vm1", "boot-1", "vm2", "boot-2", "--iface", "--public-ip"])
            Assert.Contains(part, e.Message, StringComparison.Ordinal);

        Assert.Contains("vm1", await DumpAsync(), StringComparison.Ordinal);
        Assert.False(keeping.IsCompleted);
        _ = Assert.Single(_logger.Lines);
        await stop.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
    }

    [Fact]
    public async Task A_mark_whose_machine_has_died_is_waited_out()
    {
        await New(Vm1).ClaimAsync(Token);
        await New(Vm2).ClaimAsync(Token);
        Assert.Contains("vm2", await DumpAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_has_ended_on_this_machine_gives_way_at_once_and_leaves_no_etcd_lease()
    {
        // Long-lived: were it waited for, the test would not end.
        HostProcess ended = HostProcess.Current with { ProcessStart = HostProcess.Current.ProcessStart - 1 };
        Assert.True(ended.HasEnded);
        await New(ended, TimeSpan.FromHours(1)).ClaimAsync(Token);
        string before = await etcd.CtlAsync("lease", "list");
        await New(HostProcess.Current, TimeSpan.FromHours(1)).ClaimAsync(Token);
        Assert.Equal(HostProcess.Current.ToJson(), await _store.GetAsync(EtcdKeys.Owner(Prefix, PublicIP), Token));
        Assert.Equal(before.Split('\n').Length, (await etcd.CtlAsync("lease", "list")).Split('\n').Length);
    }

    [Fact]
    public async Task A_run_that_goes_on_on_this_machine_does_not_give_way()
    {
        Assert.False(HostProcess.Current.HasEnded);
        Assert.False(Vm1.HasEnded);
        OwnerMark first = New(HostProcess.Current);
        await first.ClaimAsync(Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task keeping = first.KeepAsync(stop.Token);
        HostProcess later = HostProcess.Current with { ProcessId = 1 };
        _ = await Assert.ThrowsAsync<FatalException>(() => New(later).ClaimAsync(Token));
        await stop.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
    }

    [Fact]
    public async Task A_mark_that_is_gone_is_made_again_and_one_of_another_live_host_ends_the_first()
    {
        OwnerMark first = New(Vm1);
        await first.ClaimAsync(Token);
        long lease = (await _store.GetPairAsync(EtcdKeys.Owner(Prefix, PublicIP), Token))!.Lease;
        Task keeping = first.KeepAsync(Token);
        await _store.RevokeAsync(lease, Token);
        while ((await DumpAsync()).Length == 0)
            await Task.Delay(20, Token);

        lease = (await _store.GetPairAsync(EtcdKeys.Owner(Prefix, PublicIP), Token))!.Lease;
        await _store.RevokeAsync(lease, Token);
        OwnerMark second = New(Vm2);
        await second.ClaimAsync(Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task other = second.KeepAsync(stop.Token);
        var e = await Assert.ThrowsAsync<FatalException>(() => keeping);
        Assert.Contains("vm2", e.Message, StringComparison.Ordinal);
        await stop.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
    }

    private OwnerMark New(HostProcess host, TimeSpan? timeToLive = null)
    {
        var mark = new OwnerMark(_store, PublicIP, host, TimeProvider.System, _logger)
        {
            TimeToLive = timeToLive ?? TimeSpan.FromSeconds(4),
        };
        _marks.Add(mark);
        return mark;
    }

    private Task<string> DumpAsync() => etcd.CtlAsync("get", "--prefix", Prefix);
}

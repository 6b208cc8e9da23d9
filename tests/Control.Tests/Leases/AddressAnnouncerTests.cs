using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>A host whose address changes, in a real etcd.</summary>
public sealed class AddressAnnouncerTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>, IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly HostProcess Vm1 = new("vm1", "aaaa", "boot-1", 100, 1000);
    private static readonly HostProcess Vm2 = new("vm2", "aaaa", "boot-2", 100, 1000);
    private readonly EtcdStore _store = etcd.NewStore();
    private readonly RecordingLogger _logger = new();
    private readonly NodeStatus _status = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private LeaseRegistry _registry = null!;
    private OwnLease _own = null!;
    private OwnerMark _mark = null!;
    private AddressAnnouncer _announcer = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _registry = new LeaseRegistry(_store);
        var attributes = new LeaseAttributes { PublicIP = Ipv4Address.Parse("192.168.77.1"), OtherFields = "\"Zone\":\"a\"" };
        Lease lease = (await _registry.TryCreateAsync(new Subnet(Ipv4Prefix.Parse("10.5.1.0/24")), attributes, _stop.Token))!;
        _own = new OwnLease(_registry, lease, TimeProvider.System, _logger);
        _mark = new OwnerMark(_store, attributes.PublicIP, Vm1, TimeProvider.System, _logger);
        await _mark.ClaimAsync(_stop.Token);
        var patience = new Patience(TimeProvider.System, _logger);
        _announcer = new AddressAnnouncer(_registry, _own, _mark, patience, _status, _logger);
        _running = _announcer.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default);
        await _mark.DisposeAsync();
        _own.Dispose();
        _store.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Lease_and_mark_follow_the_address_and_nothing_else_changes()
    {
        _announcer.Announce(At("192.168.77.9"));
        await UntilAsync(() => Task.FromResult(IsAnnounced("192.168.77.9") && _status.Obstacle is null));
        Assert.Equal(
            $"{Prefix}/owners/192.168.77.9\n{Vm1.ToJson()}\n"
            + $"{Prefix}/subnets/10.5.1.0-24\n{{\"PublicIP\":\"192.168.77.9\",\"PublicIPv6\":null,\"Zone\":\"a\"}}\n",
            await DumpAsync());
        Assert.Equal(1, _logger.Lines.Count(line => line.StartsWith("Peers are told of the new address", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_address_in_another_hosts_lease_is_refused_until_that_lease_is_gone()
    {
        string other = $"{Prefix}/subnets/10.5.2.0-24";
        string before = await DumpAsync();
        _ = await etcd.CtlAsync("put", other, """{"PublicIP":"192.168.77.9"}""");
        _announcer.Announce(At("192.168.77.9"));
        await UntilAsync(() => Logged("is in another host's lease, of 10.5.2.0/24"));
        Assert.Contains("is in another host's lease, of 10.5.2.0/24", _status.Obstacle, StringComparison.Ordinal);
        Assert.StartsWith(before.TrimEnd(), await DumpAsync(), StringComparison.Ordinal);
        _ = await etcd.CtlAsync("del", other);
        await UntilAsync(() => Task.FromResult(IsAnnounced("192.168.77.9") && _status.Obstacle is null));
    }

    [Fact]
    public async Task An_address_that_another_live_host_marks_is_refused_and_a_newer_one_is_taken()
    {
        await using var second = new OwnerMark(_store, Ipv4Address.Parse("192.168.77.9"), Vm2, TimeProvider.System, _logger)
        {
            TimeToLive = TimeSpan.FromSeconds(4),
        };
        await second.ClaimAsync(_stop.Token);
        Task keeping = second.KeepAsync(_stop.Token);
        _announcer.Announce(At("192.168.77.9"));
        await UntilAsync(() => Logged("two live hosts have the public IP 192.168.77.9"));
        Assert.True(IsAnnounced("192.168.77.1"));
        _announcer.Announce(At("192.168.77.10"));
        await UntilAsync(() => Task.FromResult(IsAnnounced("192.168.77.10") && _status.Obstacle is null));
        string dump = await DumpAsync();
        Assert.Contains($"{Prefix}/owners/192.168.77.10\n{Vm1.ToJson()}", dump, StringComparison.Ordinal);
        Assert.Contains($"{Prefix}/owners/192.168.77.9\n{Vm2.ToJson()}", dump, StringComparison.Ordinal);
        Assert.DoesNotContain("192.168.77.1\n", dump, StringComparison.Ordinal);
        Assert.False(keeping.IsCompleted || _running.IsCompleted);
    }

    [Fact]
    public async Task A_lease_that_says_the_new_address_already_is_this_hosts()
    {
        // As when the answer to the write got lost.
        Lease moved = (await _registry.TryRenewAsync(
            _own.Current, _own.Current.Attributes with { PublicIP = Ipv4Address.Parse("192.168.77.9") }, _stop.Token))!;
        _announcer.Announce(At("192.168.77.9"));
        await UntilAsync(() => Task.FromResult(IsAnnounced("192.168.77.9") && _status.Obstacle is null));
        await _own.ObserveAsync((await _registry.ListAsync(_stop.Token)).Leases[0], _stop.Token);
        Assert.True(_own.Current.ModRevision >= moved.ModRevision);
        Assert.False(_running.IsCompleted);
    }

    private string Prefix => _store.Settings.Prefix;

    private static ExternalInterface At(string address) =>
        new(2, "eth0", 1500, Ipv4Address.Parse(address), Ipv4Address.Parse(address));

    private bool IsAnnounced(string address) => _own.Current.Attributes.PublicIP == Ipv4Address.Parse(address);

    private Task<string> DumpAsync() => etcd.CtlAsync("get", "--prefix", Prefix);

    private Task<bool> Logged(string text) =>
        Task.FromResult(_logger.Lines.Any(line => line.Contains(text, StringComparison.Ordinal)));

    private async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        timeout.CancelAfter(Limit);
        while (!await condition())
            await Task.Delay(20, timeout.Token);
    }
}

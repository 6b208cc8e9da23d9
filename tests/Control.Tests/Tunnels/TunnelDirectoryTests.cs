using Etcdserverpb;
using FastFlannel.Native;
using Google.Protobuf;

namespace FastFlannel.Control.Tests;

/// <summary>Who has a way through the kernel, in a real etcd and with real programs.</summary>
public sealed class TunnelDirectoryTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>, IAsyncDisposable
{
    private const string Address1 = "198.51.100.1";
    private const string Address2 = "198.51.100.2";

    private readonly EtcdStore _store = etcd.NewStore();
    private readonly List<TunnelHost> _hosts = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Prefix => EtcdKeys.Tunnels(_store.Settings.Prefix);

    public async ValueTask DisposeAsync()
    {
        foreach (TunnelHost host in _hosts)
            await host.DisposeAsync();

        _store.Dispose();
    }

    [Fact]
    public async Task Two_hosts_reach_each_other_through_the_kernel_until_one_leaves()
    {
        TunnelHost first = New(Address1);
        TunnelHost second = New(Address2);
        first.SetPeers(("10.7.2.0/24", Address2), ("10.7.3.0/24", "198.51.100.3"));
        second.SetPeers(("10.7.1.0/24", Address1));
        first.Follow();
        second.Follow();
        await first.UntilRoutesAsync(1);
        await second.UntilRoutesAsync(1);
        Assert.Equal([Prefix + Address1, Prefix + Address2], await KeysAsync());

        await second.StopAsync();
        Assert.Equal([Prefix + Address1], await KeysAsync());
        await first.UntilRoutesAsync(0);
    }

    [Fact]
    public async Task A_host_that_does_not_reach_etcd_for_as_long_as_peers_forget_it_sends_no_more_until_it_does()
    {
        TunnelHost first = New(Address1);
        TunnelHost second = New(Address2);
        first.SetPeers(("10.7.2.0/24", Address2));
        first.Follow();
        second.Follow();
        await first.UntilRoutesAsync(1);

        etcd.Kill();
        try
        {
            await first.UntilRoutesAsync(0);
            Assert.True(first.Path.IsOn);
        }
        finally
        {
            await etcd.StartAgainAsync(empty: false);
        }

        await first.UntilRoutesAsync(1);
    }

    [Fact]
    public void A_host_sends_to_nobody_before_it_is_announced_itself()
    {
        TunnelHost host = New(Address1);
        host.SetPeers(("10.7.2.0/24", Address2));
        host.Path.SetAnnounced(new Dictionary<Ipv4Address, TunnelOffer> { [Ipv4Address.Parse(Address2)] = new(TakesSubnet: true) });
        Assert.Equal(0, host.Path.RouteCount);
        host.Path.BeginSending(Ipv4Address.Parse("198.51.100.9"));
        Assert.Equal(0, host.Path.RouteCount);
        host.Path.BeginSending(Ipv4Address.Parse(Address1));
        Assert.Equal(1, host.Path.RouteCount);
    }

    [Fact]
    public async Task A_key_that_has_gone_is_put_back()
    {
        TunnelHost host = New(Address1);
        host.Follow();
        long lease = await LeaseOfAsync(host, Address1, not: 0);
        await _store.RevokeAsync(lease, Token);
        Assert.NotEqual(0, await LeaseOfAsync(host, Address1, not: lease));
    }

    [Fact]
    public async Task What_a_killed_run_left_is_replaced_and_its_etcd_lease_revoked()
    {
        long left = await _store.GrantAsync(TimeSpan.FromMinutes(10), Token);
        var put = new PutRequest { Key = ByteString.CopyFromUtf8(Prefix + Address1), Value = ByteString.CopyFromUtf8("{}"), Lease = left };
        _ = await _store.TransactAsync([], new RequestOp { RequestPut = put }, Token);
        TunnelHost host = New(Address1);
        host.Follow();
        _ = await LeaseOfAsync(host, Address1, not: left);
        await host.UntilAsync(async () => await _store.TimeToLiveAsync(left, Token) < TimeSpan.Zero);
    }

    [Fact]
    public async Task Without_a_way_what_an_earlier_run_announced_is_taken_back()
    {
        long left = await _store.GrantAsync(TimeSpan.FromMinutes(10), Token);
        var put = new PutRequest { Key = ByteString.CopyFromUtf8(Prefix + Address1), Value = ByteString.CopyFromUtf8("{}"), Lease = left };
        _ = await _store.TransactAsync([], new RequestOp { RequestPut = put }, Token);
        TunnelHost host = New(Address1, "by the config");
        host.Follow();
        await host.UntilAsync(async () => (await KeysAsync()).Length == 0);
    }

    [Fact]
    public async Task A_host_that_moves_is_announced_at_its_new_address_alone_and_sends_again()
    {
        TunnelHost host = New(Address1);
        host.SetPeers(("10.7.2.0/24", Address2));
        host.Follow();
        TunnelHost peer = New(Address2);
        peer.Follow();
        await host.UntilRoutesAsync(1);

        host.Start("198.51.100.3");
        Assert.Equal(0, host.Path.RouteCount);
        await host.UntilRoutesAsync(1);
        await host.UntilAsync(async () => !(await KeysAsync()).Contains(Prefix + Address1));
        Assert.Contains(Prefix + "198.51.100.3", await KeysAsync());
    }

    [Fact]
    public async Task A_way_that_is_turned_off_is_announced_no_more_and_stays_off()
    {
        TunnelHost host = New(Address1);
        host.Follow();
        _ = await LeaseOfAsync(host, Address1, not: 0);
        host.Path.TurnOff("of a test");
        await host.UntilAsync(async () => (await KeysAsync()).Length == 0);
        host.Start(Address1);
        Assert.Equal("off: of a test", host.Path.State);
        _ = Assert.Single(host.Logger.Lines, line => line.Contains("of a test", StringComparison.Ordinal));
    }

    private TunnelHost New(string address, string? reason = null)
    {
        var host = new TunnelHost(_store.Settings, address, reason);
        _hosts.Add(host);
        return host;
    }

    private async Task<string[]> KeysAsync() =>
        [.. (await _store.ListAsync(Prefix, Token)).Kvs.Select(pair => pair.Key.ToStringUtf8())];

    private async Task<long> LeaseOfAsync(TunnelHost host, string address, long not)
    {
        long lease = 0;
        await host.UntilAsync(async () =>
            (lease = (await _store.GetPairAsync(Prefix + address, Token))?.Lease ?? 0) != 0 && lease != not);
        return lease;
    }
}

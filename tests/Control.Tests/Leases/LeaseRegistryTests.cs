using System.Text.Json;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>Leases in a real etcd.</summary>
public sealed class LeaseRegistryTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>, IDisposable
{
    private static readonly Subnet Subnet = new(Ipv4Prefix.Parse("10.5.16.0/24"));
    private static readonly LeaseAttributes Attributes = new() { PublicIP = Ipv4Address.Parse("10.77.0.11") };
    private readonly EtcdStore _store = etcd.NewStore();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Prefix => _store.Settings.Prefix;

    private LeaseRegistry Registry => new(_store);

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task A_created_lease_has_flannels_key_value_and_time_to_live()
    {
        Lease? lease = await Registry.TryCreateAsync(Subnet, Attributes, Token);
        Assert.NotNull(lease);
        string dump = await etcd.CtlAsync("get", "--prefix", Prefix);
        Assert.Equal($"{Prefix}/subnets/10.5.16.0-24\n{{\"PublicIP\":\"10.77.0.11\",\"PublicIPv6\":null}}\n", dump);
        Assert.InRange(await TimeToLiveAsync(lease.EtcdLeaseId), 86_400 - 60, 86_400);
    }

    [Fact]
    public async Task The_second_to_create_a_lease_gets_nothing_and_leaves_nothing_behind()
    {
        Lease? first = await Registry.TryCreateAsync(Subnet, Attributes, Token);
        HashSet<string> before = await etcd.LeasesAsync();
        Assert.Null(await Registry.TryCreateAsync(Subnet, Attributes with { PublicIP = Ipv4Address.Parse("10.77.0.12") }, Token));
        Assert.Equal([first!], (await Registry.ListAsync(Token)).Leases);
        Assert.Subset(before, await etcd.LeasesAsync());
    }

    [Fact]
    public async Task A_renewal_keeps_the_value_and_revokes_the_etcd_lease_it_replaces()
    {
        Lease first = (await Registry.TryCreateAsync(Subnet, Attributes, Token))!;
        Lease? second = await Registry.TryRenewAsync(first, Attributes, Token);
        Assert.NotNull(second);
        Assert.NotEqual(first.EtcdLeaseId, second.EtcdLeaseId);
        Assert.Equal([second], (await Registry.ListAsync(Token)).Leases);
        HashSet<string> leases = await etcd.LeasesAsync();
        Assert.DoesNotContain(Hex(first.EtcdLeaseId), leases);
        Assert.Contains(Hex(second.EtcdLeaseId), leases);
    }

    [Fact]
    public async Task A_renewal_never_overwrites_what_somebody_else_wrote()
    {
        Lease lease = (await Registry.TryCreateAsync(Subnet, Attributes, Token))!;
        const string Other = """{"PublicIP":"10.77.0.99","PublicIPv6":null}""";
        _ = await etcd.CtlAsync("put", $"{Prefix}/subnets/10.5.16.0-24", Other);
        Assert.Null(await Registry.TryRenewAsync(lease, Attributes, Token));
        Assert.False(await Registry.TryDeleteAsync(lease, Token));
        Assert.Contains(Other, await etcd.CtlAsync("get", "--prefix", Prefix), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renewed_reservation_still_never_expires()
    {
        _ = await etcd.CtlAsync("put", $"{Prefix}/subnets/10.5.16.0-24", """{"PublicIP":"10.77.0.11"}""");
        Lease reservation = Assert.Single((await Registry.ListAsync(Token)).Leases);
        Assert.True(reservation.IsReservation);
        Lease? renewed = await Registry.TryRenewAsync(reservation, Attributes, Token);
        Assert.True(renewed?.IsReservation);
        Assert.Equal([renewed!], (await Registry.ListAsync(Token)).Leases);
    }

    [Fact]
    public async Task A_list_skips_what_it_cannot_read_and_says_why()
    {
        _ = await etcd.CtlAsync("put", $"{Prefix}/subnets/10.5.16.0-24", "rubbish");
        _ = await etcd.CtlAsync("put", $"{Prefix}/subnets/nonsense", """{"PublicIP":"10.77.0.11"}""");
        _ = await etcd.CtlAsync("put", $"{Prefix}/subnets/10.5.17.0-24", """{"PublicIP":"10.77.0.12"}""");
        LeaseList list = await Registry.ListAsync(Token);
        Assert.Equal("10.5.17.0/24", Assert.Single(list.Leases).Subnet.ToString());
        Assert.Equal(2, list.Skipped.Count);
        Assert.Contains(list.Skipped, s => s.Contains("10.5.16.0-24", StringComparison.Ordinal));
        Assert.Contains(list.Skipped, s => s.Contains("nonsense", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ten_thousand_leases_of_more_than_gRPCs_usual_4_MiB_come_in_one_request()
    {
        const int Count = 10_000;
        string zone = new('z', 500);
        await etcd.PutAllAsync(Enumerable.Range(0, Count).Select(host => KeyValuePair.Create(
            $"{Prefix}/subnets/10.{64 + (host >> 8)}.{host & 255}.0-24",
            $$"""{"PublicIP":"192.168.{{host >> 8}}.{{host & 255}}","PublicIPv6":null,"Zone":"{{zone}}"}""")));
        long requests = await etcd.RequestsAsync("Range");
        long others = await etcd.RequestsAsync("LeaseTimeToLive");
        LeaseList list = await Registry.ListAsync(Token);
        Assert.Equal(Count, list.Leases.Select(lease => lease.Subnet).Distinct().Count());
        Assert.True(list.Leases.Sum(lease => lease.Attributes.ToJson().Length) > 4 << 20);
        Assert.Empty(list.Skipped);
        Assert.Equal(requests + 1, await etcd.RequestsAsync("Range"));
        Assert.Equal(others, await etcd.RequestsAsync("LeaseTimeToLive"));
    }

    [Fact]
    public async Task A_watch_from_a_lists_revision_sees_what_was_written_before_it_began()
    {
        LeaseList list = await Registry.ListAsync(Token);
        _ = await Registry.TryCreateAsync(Subnet, Attributes, Token);
        await foreach (IReadOnlyList<LeaseEvent> events in Registry.WatchAsync(list.Revision + 1, Token))
        {
            Assert.Equal(Attributes, Assert.Single(events).Lease?.Attributes);
            break;
        }
    }

    [Fact]
    public async Task A_watch_from_a_compacted_revision_says_so()
    {
        LeaseList list = await Registry.ListAsync(Token);
        _ = await etcd.CtlAsync("put", $"{Prefix}/x", "1");
        _ = await etcd.CtlAsync("put", $"{Prefix}/x", "2");
        long now = (await Registry.ListAsync(Token)).Revision;
        _ = await etcd.CtlAsync("compact", $"{now}");
        var e = await Assert.ThrowsAsync<EtcdException>(async () =>
        {
            await foreach (IReadOnlyList<LeaseEvent> _ in Registry.WatchAsync(list.Revision, Token))
            {
            }
        });
        Assert.Contains("compacted", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_etcd_that_is_not_there_is_named_with_the_cause()
    {
        using var store = new EtcdStore(EtcdSettings.Parse(["http://127.0.0.1:1"], "/x"), TimeProvider.System);
        var e = await Assert.ThrowsAsync<EtcdException>(() => store.GetAsync("/x", Token));
        Assert.Contains("http://127.0.0.1:1", e.Message, StringComparison.Ordinal);
        Assert.Contains("refused", e.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_endpoint_that_answers_is_used()
    {
        using var store = new EtcdStore(EtcdSettings.Parse(["http://127.0.0.1:1", $" {etcd.Endpoint}"], "/x"), TimeProvider.System);
        Assert.Null(await store.GetAsync("/x/nothing", Token));
    }

    private static string Hex(long leaseId) => leaseId.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    private async Task<long> TimeToLiveAsync(long leaseId)
    {
        string json = await etcd.CtlAsync("lease", "timetolive", Hex(leaseId), "-w", "json");
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("ttl").GetInt64();
    }
}

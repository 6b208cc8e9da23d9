using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>Reservations in a real etcd.</summary>
public sealed class ReservationsTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>, IAsyncLifetime
{
    private const string Config = """{"Network":"10.5.0.0/16"}""";

    private static readonly Ipv4Address Host = Ipv4Address.Parse("192.168.77.2");
    private static readonly Subnet Subnet = new(Ipv4Prefix.Parse("10.5.3.0/24"));

    private readonly EtcdStore _store = etcd.NewStore();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Reservations Reservations => new(_store);

    private LeaseRegistry Registry => new(_store);

    public async ValueTask InitializeAsync() => _ = await etcd.CtlAsync("put", EtcdKeys.Config(_store.Settings.Prefix), Config);

    public ValueTask DisposeAsync()
    {
        _store.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_leased_subnet_is_reserved_for_its_host_and_keeps_its_value()
    {
        var attributes = new LeaseAttributes
        {
            PublicIP = Host,
            BackendType = "vxlan",
            BackendData = """{"VNI":1}""",
            OtherFields = "\"Zone\":\"a\"",
        };
        Lease lease = (await Registry.TryCreateAsync(Subnet, attributes, Token))!;

        Assert.Equal(
            new ReservationOutcome(ReservationChange.LeaseReserved, Subnet, Host, null),
            await Reservations.ReserveAsync(Subnet, null, Token));

        Lease reserved = await OnlyAsync();
        Assert.True(reserved.IsReservation);
        Assert.Equal(attributes, reserved.Attributes);
        Assert.True(await _store.TimeToLiveAsync(lease.EtcdLeaseId, Token) < TimeSpan.Zero);

        ReservationOutcome again = await Reservations.ReserveAsync(Subnet, Host, Token);
        Assert.Equal(ReservationChange.None, again.Change);
        Assert.Equal(reserved, await OnlyAsync());
    }

    [Fact]
    public async Task A_free_subnet_is_reserved_as_flannel_documents_it_and_its_host_takes_and_keeps_it()
    {
        ReservationOutcome outcome = await Reservations.ReserveAsync(Subnet, Host, Token);
        Assert.Equal(new ReservationOutcome(ReservationChange.Reserved, Subnet, Host, null), outcome);
        string key = LeaseKey.Format(_store.Settings.Prefix, Subnet);
        Assert.Equal($"{key}\n{{\"PublicIP\":\"192.168.77.2\",\"PublicIPv6\":null}}\n", await etcd.CtlAsync("get", key));

        var acquirer = new LeaseAcquirer(Registry, new Random(1), new RecordingLogger());
        NetworkConfig config = NetworkConfigReader.Read(Config).Value!;
        var others = new LeaseAttributes { PublicIP = Ipv4Address.Parse("192.168.77.9") };
        Lease other = await acquirer.AcquireAsync(config, others, previous: Subnet, Token);
        Assert.NotEqual(Subnet, other.Subnet);
        Lease taken = await acquirer.AcquireAsync(config, new LeaseAttributes { PublicIP = Host }, null, Token);
        Assert.Equal(Subnet, taken.Subnet);
        Assert.True(taken.IsReservation);
    }

    [Theory]
    [InlineData("10.6.3.0/24", "192.168.77.9", "10.6.3.0/24 does not fit the network config, so that no daemon would take it: expected a /24 ")]
    [InlineData("10.5.0.0/24", "192.168.77.9", "10.5.0.0/24 does not fit the network config")]
    [InlineData("10.5.4.0/25", "192.168.77.9", "10.5.4.0/25 does not fit the network config")]
    [InlineData("10.5.4.0/24", null, "nobody has 10.5.4.0/24: say for which host it is to be reserved, with --public-ip")]
    [InlineData("10.5.4.0/24", "192.168.77.2", "192.168.77.2 has 10.5.3.0/24 already, and a host has one subnet: reserve that one; or stop")]
    [InlineData("10.5.3.0/24", "192.168.77.9", "10.5.3.0/24 is leased to 192.168.77.2, and not 192.168.77.9; leave --public-ip out")]
    [InlineData("10.5.8.0/24", "192.168.77.9", "10.5.8.0/24 is reserved for 192.168.77.8, and not 192.168.77.9; release it first")]
    [InlineData("10.5.66.0/24", "192.168.77.9", "10.5.66.0/24 overlaps 10.5.64.0/20 of 192.168.77.64; reserve a subnet that nobody has")]
    public async Task What_cannot_be_reserved_is_refused_with_the_reason_and_nothing_is_written(
        string subnet, string? publicIP, string reason)
    {
        _ = await Registry.TryCreateAsync(Subnet, new LeaseAttributes { PublicIP = Host }, Token);
        await PutAsync("10.5.8.0-24", """{"PublicIP":"192.168.77.8"}""");
        await PutAsync("10.5.64.0-20", """{"PublicIP":"192.168.77.64"}""");
        LeaseList before = await Registry.ListAsync(Token);
        Ipv4Address? host = publicIP is null ? null : Ipv4Address.Parse(publicIP);

        var e = await Assert.ThrowsAsync<AdministrationException>(
            () => Reservations.ReserveAsync(new Subnet(Ipv4Prefix.Parse(subnet)), host, Token));

        Assert.StartsWith(reason, e.Message, StringComparison.Ordinal);
        Assert.Equal(before.Leases, (await Registry.ListAsync(Token)).Leases);
    }

    [Fact]
    public async Task A_key_that_cannot_be_read_is_in_the_way_and_named()
    {
        await PutAsync("10.5.3.0-24", "rubbish");
        var e = await Assert.ThrowsAsync<AdministrationException>(() => Reservations.ReserveAsync(Subnet, Host, Token));
        Assert.Contains("/subnets/10.5.3.0-24: the lease is not valid JSON", e.Message, StringComparison.Ordinal);
        Assert.Contains("etcdctl del", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "there is no network config in etcd")]
    [InlineData("""{"Network":"x"}""", "has 1 problem")]
    public async Task Without_a_network_config_nothing_can_be_reserved(string? config, string reason)
    {
        string key = EtcdKeys.Config(_store.Settings.Prefix);
        _ = config is null ? await etcd.CtlAsync("del", key) : await etcd.CtlAsync("put", key, config);
        var e = await Assert.ThrowsAsync<AdministrationException>(() => Reservations.ReserveAsync(Subnet, Host, Token));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_who_reserve_a_subnet_at_once_one_gets_it()
    {
        bool[] got = await Task.WhenAll(Enumerable.Range(1, 8).Select(async i =>
        {
            try
            {
                ReservationOutcome outcome = await Reservations.ReserveAsync(Subnet, Ipv4Address.Parse($"192.168.77.{i}"), Token);
                return outcome.Change == ReservationChange.Reserved;
            }
            catch (AdministrationException)
            {
                return false;
            }
        }));
        Assert.Single(got, one => one);
        Assert.True((await OnlyAsync()).IsReservation);
    }

    [Fact]
    public async Task Both_halves_of_a_dual_stack_subnet_are_reserved_and_the_first_names_it_then()
    {
        _ = await etcd.CtlAsync(
            "put", EtcdKeys.Config(_store.Settings.Prefix), """{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:5::/48"}""");
        var both = new Subnet(Subnet.Ipv4, Ipv6Prefix.Parse("fd00:5:0:3::/64"));

        var e = await Assert.ThrowsAsync<AdministrationException>(() => Reservations.ReserveAsync(Subnet, Host, Token));
        Assert.Contains("name both halves", e.Message, StringComparison.Ordinal);
        Assert.Equal(both, (await Reservations.ReserveAsync(both, Host, Token)).Subnet);
        Assert.Equal(
            new ReservationOutcome(ReservationChange.None, both, Host, null), await Reservations.ReserveAsync(Subnet, null, Token));
        Assert.Equal(
            new ReservationOutcome(ReservationChange.ReservationDeleted, both, Host, null),
            await Reservations.ReleaseAsync(Subnet, force: false, Token));
    }

    [Fact]
    public async Task A_released_reservation_of_a_host_that_does_not_run_is_gone()
    {
        _ = await Reservations.ReserveAsync(Subnet, Host, Token);
        Assert.Equal(ReservationChange.ReservationDeleted, (await Reservations.ReleaseAsync(Subnet, force: false, Token)).Change);
        Assert.Empty((await Registry.ListAsync(Token)).Leases);
    }

    [Fact]
    public async Task A_released_reservation_of_a_running_host_is_an_ordinary_lease_for_a_day()
    {
        await using OwnerMark mark = await RunHostAsync();
        _ = await Reservations.ReserveAsync(Subnet, Host, Token);
        Lease reserved = await OnlyAsync();

        Assert.Equal(
            new ReservationOutcome(ReservationChange.LeaseReleased, Subnet, Host, "vm2"),
            await Reservations.ReleaseAsync(Subnet, force: false, Token));

        Lease lease = await OnlyAsync();
        Assert.Equal(reserved.Attributes, lease.Attributes);
        Assert.InRange((await _store.TimeToLiveAsync(lease.EtcdLeaseId, Token)).TotalSeconds, 86_400 - 60, 86_400);
    }

    [Fact]
    public async Task A_host_that_starts_in_the_moment_of_the_release_keeps_its_reservation()
    {
        // The delete compares with what was seen before: neither reservation nor mark may be newer.
        _ = await Reservations.ReserveAsync(Subnet, Host, Token);
        Lease seen = await OnlyAsync();
        await using OwnerMark mark = await RunHostAsync();
        Assert.False(await Registry.TryDeleteUnownedAsync(seen, Host, Token));
        Assert.Equal(seen, await OnlyAsync());
    }

    [Fact]
    public async Task An_ordinary_lease_is_deleted_only_by_force()
    {
        Lease lease = (await Registry.TryCreateAsync(Subnet, new LeaseAttributes { PublicIP = Host }, Token))!;
        var e = await Assert.ThrowsAsync<AdministrationException>(() => Reservations.ReleaseAsync(Subnet, force: false, Token));
        Assert.StartsWith("10.5.3.0/24 is no reservation but an ordinary lease of 192.168.77.2", e.Message, StringComparison.Ordinal);
        Assert.Equal(lease, await OnlyAsync());

        Assert.Equal(ReservationChange.LeaseDeleted, (await Reservations.ReleaseAsync(Subnet, force: true, Token)).Change);
        Assert.Empty((await Registry.ListAsync(Token)).Leases);
    }

    [Theory]
    [InlineData("10.5.77.0/24", "nobody has 10.5.77.0/24; fastflannel leases shows who has what")]
    [InlineData("10.5.3.0/25", "nobody has 10.5.3.0/25, but 192.168.77.2 has 10.5.3.0/24, which overlaps it")]
    public async Task What_nobody_has_cannot_be_released(string subnet, string reason)
    {
        _ = await Reservations.ReserveAsync(Subnet, Host, Token);
        var e = await Assert.ThrowsAsync<AdministrationException>(
            () => Reservations.ReleaseAsync(new Subnet(Ipv4Prefix.Parse(subnet)), force: true, Token));
        Assert.Equal(reason, e.Message);
    }

    private async Task<Lease> OnlyAsync() => Assert.Single((await Registry.ListAsync(Token)).Leases);

    private async Task<OwnerMark> RunHostAsync()
    {
        var mark = new OwnerMark(_store, Host, new HostProcess("vm2", "", "boot", 1, 1), TimeProvider.System, new RecordingLogger());
        await mark.ClaimAsync(Token);
        return mark;
    }

    private Task PutAsync(string subnet, string value) => etcd.CtlAsync("put", $"{_store.Settings.Prefix}/subnets/{subnet}", value);
}

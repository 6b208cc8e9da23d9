using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>What an operator sees of the leases in a real etcd.</summary>
public sealed class LeaseSurveyTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>, IDisposable
{
    private readonly EtcdStore _store = etcd.NewStore();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Leases_come_by_subnet_with_name_expiry_and_whatever_is_broken()
    {
        await LeaseAsync("10.5.10.0/24", "192.168.77.10", TimeSpan.FromHours(24));
        await LeaseAsync("10.5.9.0/24", "192.168.77.9", TimeSpan.FromMinutes(10));
        await PutAsync("10.5.100.0-24", """{"PublicIP":"192.168.77.100","BackendType":"vxlan"}""");
        await PutAsync("10.5.66.0-24", "rubbish");
        await PutAsync("nonsense", "{}");
        var host = new HostProcess("vm9", "", "boot", 1, 1);
        await using var mark = new OwnerMark(_store, Ipv4Address.Parse("192.168.77.9"), host, TimeProvider.System, new RecordingLogger());
        await mark.ClaimAsync(Token);
        _ = await etcd.CtlAsync("put", EtcdKeys.Owner(_store.Settings.Prefix, Ipv4Address.Parse("192.168.77.10")), """{"HostName":"left over"}""");

        LeaseSurvey survey = await LeaseSurvey.ReadAsync(_store, "/nonexistent", withExpiry: true, Token);

        Assert.Equal(
            ["10.5.9.0/24 vm9 False", "10.5.10.0/24  False", "10.5.100.0/24  True"],
            survey.Leases.Select(one => $"{one.Lease.Subnet} {one.HostName} {one.Lease.IsReservation}"));
        Assert.InRange(survey.Leases[0].ExpiresIn!.Value.TotalSeconds, 600 - 60, 600);
        Assert.InRange(survey.Leases[1].ExpiresIn!.Value.TotalSeconds, 86_400 - 60, 86_400);
        Assert.Null(survey.Leases[2].ExpiresIn);
        Assert.Equal(2, survey.Broken.Count);
        Assert.Empty(survey.Notes);
        Assert.All(survey.Leases, one => Assert.False(one.IsOwn));

        survey = await LeaseSurvey.ReadAsync(_store, "/nonexistent", withExpiry: false, Token);
        Assert.All(survey.Leases, one => Assert.Null(one.ExpiresIn));
    }

    [Fact]
    public async Task Many_leases_are_listed_whole()
    {
        const int Count = 300;
        await Task.WhenAll(Enumerable.Range(0, Count).Select(
            i => LeaseAsync($"10.6.{i / 2}.{128 * (i % 2)}/25", $"192.168.78.{i % 250}", TimeSpan.FromHours(1))));

        LeaseSurvey survey = await LeaseSurvey.ReadAsync(_store, "/nonexistent", withExpiry: true, Token);

        Assert.Equal(Count, survey.Leases.Count);
        Assert.All(survey.Leases, one => Assert.InRange(one.ExpiresIn!.Value.TotalSeconds, 3600 - 60, 3600));
        Assert.Equal(survey.Leases.OrderBy(one => one.Lease.Subnet.Ipv4.Network), survey.Leases);
    }

    [Theory]
    [InlineData("192.168.77.2", null, "10.5.2.0/24")]
    [InlineData("192.168.77.2", "10.5.3.0/24", "10.5.2.0/24")]
    [InlineData("192.168.0.7", "10.5.3.0/24", "10.5.3.0/24")]
    [InlineData("192.168.0.7", null, null)]
    [InlineData("192.168.0.7", "10.5.9.0/24", null)]
    public void The_own_lease_has_an_address_of_this_machine_or_else_the_subnet_of_its_file(string address, string? written, string? own)
    {
        Lease[] leases = [NewLease("10.5.2.0/24", "192.168.77.2"), NewLease("10.5.3.0/24", "192.168.77.3")];
        Subnet? subnet = written is null ? null : new Subnet(Ipv4Prefix.Parse(written));

        IEnumerable<Lease> found = LeaseSurvey.FindOwn(leases, new HashSet<Ipv4Address> { Ipv4Address.Parse(address) }, subnet);

        Assert.Equal(own is null ? [] : [own], found.Select(lease => lease.Subnet.ToString()));
    }

    private static Lease NewLease(string subnet, string publicIP) =>
        new(new Subnet(Ipv4Prefix.Parse(subnet)), new LeaseAttributes { PublicIP = Ipv4Address.Parse(publicIP) }, 1, 1);

    private async Task LeaseAsync(string subnet, string publicIP, TimeSpan timeToLive) => Assert.NotNull(
        await new LeaseRegistry(_store) { TimeToLive = timeToLive }.TryCreateAsync(
            new Subnet(Ipv4Prefix.Parse(subnet)), new LeaseAttributes { PublicIP = Ipv4Address.Parse(publicIP) }, Token));

    private Task PutAsync(string subnet, string value) => etcd.CtlAsync("put", $"{_store.Settings.Prefix}/subnets/{subnet}", value);
}

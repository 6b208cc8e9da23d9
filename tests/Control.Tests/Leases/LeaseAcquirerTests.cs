using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>Hosts that want subnets from a real etcd.</summary>
public sealed class LeaseAcquirerTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>, IDisposable
{
    private readonly EtcdStore _store = etcd.NewStore();
    private readonly RecordingLogger _logger = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private LeaseRegistry Registry => new(_store);

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Hosts_that_start_together_get_distinct_subnets()
    {
        // 16 subnets of which the first is skipped: every host of 15 must fight for its own.
        NetworkConfig config = Config("""{"Network":"10.5.0.0/20","SubnetLen":24}""");
        Lease[] leases = await Task.WhenAll(Enumerable.Range(1, 15).Select(host => AcquireAsync(config, host)));
        Assert.Equal(15, leases.Select(lease => lease.Subnet).Distinct().Count());
        Assert.Equal(15, (await Registry.ListAsync(Token)).Leases.Count);

        var e = await Assert.ThrowsAsync<FatalException>(() => AcquireAsync(config, 16));
        Assert.Contains("out of subnets", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50, 50)]
    [InlineData(70, 63)]
    public async Task Many_hosts_at_once_get_subnets_of_their_own_or_are_told_that_none_is_left(int hosts, int subnets)
    {
        // 64 subnets, of which the first is skipped. Each host has a connection of its own, as each daemon has.
        NetworkConfig config = Config("""{"Network":"10.6.0.0/20","SubnetLen":26}""");
        HashSet<string> before = await etcd.LeasesAsync();
        EtcdStore[] stores = [.. Enumerable.Range(0, hosts).Select(_ => new EtcdStore(_store.Settings, TimeProvider.System))];
        Task<Lease>[] acquiring = [.. stores.Select(AcquireAtOwnStoreAsync)];
        await Task.WhenAll(acquiring).ContinueWith(static _ => { }, TaskScheduler.Default);
        foreach (EtcdStore store in stores)
            store.Dispose();

        Lease[] leases = [.. acquiring.Where(task => task.IsCompletedSuccessfully).Select(task => task.Result)];
        Assert.Equal(subnets, leases.Length);
        Assert.Equal(subnets, leases.Select(lease => lease.Subnet).Distinct().Count());
        Assert.All(leases, lease => Assert.True(config.Network.Contains(lease.Subnet.Ipv4.Network)));
        Assert.Equal(leases.ToHashSet(), (await Registry.ListAsync(Token)).Leases.ToHashSet());
        Assert.Equal(before.Count + subnets, (await etcd.LeasesAsync()).Count);
        Assert.All(acquiring.Where(task => task.IsFaulted), task =>
        {
            string message = Assert.IsType<FatalException>(task.Exception!.InnerException).Message;
            Assert.Contains(
                "out of subnets (a /26 from 10.6.0.64 to 10.6.15.192 is all held, by 63 leases;", message, StringComparison.Ordinal);
        });

        Task<Lease> AcquireAtOwnStoreAsync(EtcdStore store, int host) =>
            new LeaseAcquirer(new LeaseRegistry(store), new Random(host), _logger).AcquireAsync(
                config, new LeaseAttributes { PublicIP = Ipv4Address.Parse($"192.168.77.{host + 1}") }, null, Token);
    }

    [Fact]
    public async Task A_host_gets_its_lease_again()
    {
        NetworkConfig config = Config("""{"Network":"10.5.0.0/16"}""");
        Lease first = await AcquireAsync(config, 1);
        Lease second = await AcquireAsync(config, 1, previous: "10.5.200.0/24");
        Assert.Equal(first.Subnet, second.Subnet);
        Assert.Single((await Registry.ListAsync(Token)).Leases);
    }

    [Fact]
    public async Task A_host_whose_lease_is_gone_gets_its_previous_subnet_again()
    {
        Lease lease = await AcquireAsync(Config("""{"Network":"10.5.0.0/16"}"""), 1, previous: "10.5.200.0/24");
        Assert.Equal("10.5.200.0/24", lease.Subnet.ToString());
    }

    [Fact]
    public async Task A_previous_subnet_that_does_not_fit_is_named_and_not_taken()
    {
        Lease lease = await AcquireAsync(Config("""{"Network":"10.5.0.0/16"}"""), 1, previous: "10.9.1.0/24");
        Assert.True(Ipv4Prefix.Parse("10.5.0.0/16").Contains(lease.Subnet.Ipv4.Network));
        Assert.Contains(_logger.Lines, line => line.Contains("10.9.1.0/24", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_with_rubbish_are_left_alone_and_not_fought_for()
    {
        // Three subnets, as the first of four is skipped.
        NetworkConfig config = Config("""{"Network":"10.5.0.0/22","SubnetLen":24}""");
        foreach (int taken in new[] { 1, 3 })
            _ = await etcd.CtlAsync("put", $"{_store.Settings.Prefix}/subnets/10.5.{taken}.0-24", "rubbish");

        long requests = await etcd.RequestsAsync("Range");
        Lease lease = await AcquireAsync(config, 1, previous: "10.5.1.0/24");
        Assert.Equal("10.5.2.0/24", lease.Subnet.ToString());
        Assert.Equal(requests + 1, await etcd.RequestsAsync("Range"));
        Assert.True(_logger.Has("10.5.1.0/24 overlaps 10.5.1.0/24, whose key in etcd cannot be read"));
        var e = await Assert.ThrowsAsync<FatalException>(() => AcquireAsync(config, 2));
        Assert.Contains("out of subnets (a /24 from 10.5.1.0 to 10.5.3.0 is all held, by 3 leases;", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_change_of_the_network_the_old_lease_is_replaced()
    {
        int before = (await etcd.LeasesAsync()).Count;
        _ = await AcquireAsync(Config("""{"Network":"10.5.0.0/16"}"""), 1);
        Lease lease = await AcquireAsync(Config("""{"Network":"10.6.0.0/16"}"""), 1);
        Assert.True(Ipv4Prefix.Parse("10.6.0.0/16").Contains(lease.Subnet.Ipv4.Network));
        Assert.Equal([lease], (await Registry.ListAsync(Token)).Leases);
        Assert.Equal(before + 1, (await etcd.LeasesAsync()).Count);
    }

    private static NetworkConfig Config(string json) => NetworkConfigReader.Read(json).Value!;

    private Task<Lease> AcquireAsync(NetworkConfig config, int host, string? previous = null) =>
        new LeaseAcquirer(Registry, new Random(7), _logger).AcquireAsync(
            config,
            new LeaseAttributes { PublicIP = Ipv4Address.Parse($"192.168.77.{host}") },
            previous is null ? null : new Subnet(Ipv4Prefix.Parse(previous)),
            Token);
}

using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>Dual-stack leases in a real etcd, beside the bytes that two flannel daemons left in theirs.</summary>
public sealed class DualStackLeaseTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>, IDisposable
{
    // Recorded from flanneld with the host-gw backend.
    private const string Json =
        """{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd05::/56","Backend":{"Type":"host-gw"}}""";

    private const string FirstKey = "10.5.60.0-24&fd05:0:0:19::-64";
    private const string FirstValue = """{"PublicIP":"192.168.77.2","PublicIPv6":"fd77::2","BackendType":"host-gw"}""";
    private const string SecondKey = "10.5.80.0-24&fd05:0:0:60::-64";
    private const string SecondValue = """{"PublicIP":"192.168.77.3","PublicIPv6":"fd77::3","BackendType":"host-gw"}""";

    private readonly EtcdStore _store = etcd.NewStore();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static NetworkConfig Config => NetworkConfigReader.Read(Json).Value!;

    private LeaseRegistry Registry => new(_store);

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task A_lease_is_written_and_read_as_flannel_does()
    {
        Subnet first = Parsed(FirstKey);
        Lease lease = await AcquireAsync(host: 2, first);
        Assert.Equal(first, lease.Subnet);
        Assert.EndsWith("/subnets/" + FirstKey, LeaseKey.Format(_store.Settings.Prefix, lease.Subnet), StringComparison.Ordinal);
        Assert.Equal(FirstValue, lease.Attributes.ToJson());

        Lease other = await AcquireAsync(host: 3, Parsed(SecondKey));
        Assert.Equal(SecondValue, other.Attributes.ToJson());
        Assert.Equal([lease, other], (await Registry.ListAsync(Token)).Leases);
    }

    [Fact]
    public async Task Hosts_that_start_together_get_distinct_subnets_of_both_families_and_later_the_same_again()
    {
        Lease[] leases = await Task.WhenAll(Enumerable.Range(1, 10).Select(host => AcquireAsync(host)));
        Assert.Equal(10, leases.Select(lease => lease.Subnet.Ipv4).Distinct().Count());
        Assert.Equal(10, leases.Select(lease => lease.Subnet.Ipv6).Distinct().Count());
        Assert.All(leases, lease => Assert.True(Config.IPv6Network.Contains(lease.Subnet.Ipv6!.Value.Network)));

        Lease again = await AcquireAsync(host: 4);
        Assert.Equal(leases[3].Subnet, again.Subnet);
    }

    [Fact]
    public async Task A_lease_of_IPv4_alone_is_replaced_once_the_network_has_both()
    {
        NetworkConfig ipv4 = NetworkConfigReader.Read("""{"Network":"10.5.0.0/16"}""").Value!;
        Assert.Null((await AcquireAsync(host: 5, config: ipv4)).Subnet.Ipv6);
        Lease lease = await AcquireAsync(host: 5);
        Assert.NotNull(lease.Subnet.Ipv6);
        Assert.Equal([lease], (await Registry.ListAsync(Token)).Leases);
    }

    private static Subnet Parsed(string key) => LeaseKey.TryParse(key, out Subnet subnet) ? subnet : default;

    private Task<Lease> AcquireAsync(int host, Subnet? previous = null, NetworkConfig? config = null)
    {
        var attributes = new LeaseAttributes
        {
            PublicIP = Ipv4Address.Parse($"192.168.77.{host}"),
            PublicIPv6 = Ipv6Address.Parse($"fd77::{host}"),
            BackendType = "host-gw",
        };
        return new LeaseAcquirer(Registry, new Random(7), new RecordingLogger()).AcquireAsync(
            config ?? Config, attributes, previous, Token);
    }
}

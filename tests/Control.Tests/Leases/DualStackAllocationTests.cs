using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class DualStackAllocationTests
{
    private static readonly Ipv4Address Own = Ipv4Address.Parse("1.2.3.4");

    private static readonly NetworkConfig Config = Configured(
        """
        {"Network":"10.3.0.0/16","EnableIPv6":true,"IPv6Network":"fc00::/48",
         "IPv6SubnetMin":"fc00:0:0:5::","IPv6SubnetMax":"fc00:0:0:7::"}
        """);

    [Fact]
    public void A_new_node_takes_a_free_subnet_of_each_family()
    {
        // A shorter prefix covers several; what is held of the one family does not matter to the other.
        Subnet taken = Assert.IsType<SubnetDecision.TakeFree>(
            Decide(
            [
                Held("10.3.1.0/24", "fc00:0:0:4::/63"), Held("10.3.2.0/24", "fc00:0:0:7:8000::/65"), Held("10.3.3.0/24"),
            ])).Subnet;
        Assert.Equal(Ipv6Prefix.Parse("fc00:0:0:6::/64"), taken.Ipv6);
        Assert.InRange(taken.Ipv4.Network.Value, Ipv4Address.Parse("10.3.4.0").Value, Config.SubnetMax.Value);
    }

    [Fact]
    public void The_own_lease_of_both_families_is_used_again()
    {
        Lease own = Held("10.3.3.0/24", "fc00:0:0:6::/64", by: "1.2.3.4");
        Assert.Equal(own, Assert.IsType<SubnetDecision.Reuse>(Decide([Held("10.3.1.0/24"), own])).Lease);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("fc00:0:0:4::/64")]
    [InlineData("fc00:0:0:8::/64")]
    [InlineData("fc00:0:0:6::/65")]
    public void An_own_lease_without_a_fitting_IPv6_subnet_is_to_be_deleted(string? ipv6)
    {
        Lease own = Held("10.3.3.0/24", ipv6, by: "1.2.3.4");
        Assert.Equal([own], Assert.IsType<SubnetDecision.TakeFree>(Decide([own])).Incompatible);
    }

    [Fact]
    public void Both_previous_subnets_are_taken_again()
    {
        var previous = new Subnet(Ipv4Prefix.Parse("10.3.9.0/24"), Ipv6Prefix.Parse("fc00:0:0:7::/64"));
        Assert.Equal(previous, Assert.IsType<SubnetDecision.TakePrevious>(Decide([], previous)).Subnet);

        SubnetDecision refused = Decide([Held("10.3.1.0/24", "fc00:0:0:7:8000::/65")], previous);
        Assert.Equal(
            "the previous subnet 10.3.9.0/24 fc00:0:0:7::/64 overlaps 10.3.1.0/24 fc00:0:0:7:8000::/65, which another node "
            + "holds by now",
            refused.PreviousRefused);
        Assert.NotEqual(previous.Ipv6, Assert.IsType<SubnetDecision.TakeFree>(refused).Subnet.Ipv6);
    }

    [Fact]
    public void In_an_IPv4_network_the_previous_IPv6_subnet_does_not_count()
    {
        var previous = new Subnet(Ipv4Prefix.Parse("10.3.9.0/24"), Ipv6Prefix.Parse("fc00:0:0:7::/64"));
        SubnetDecision decision = Decide([], previous, Configured("""{"Network":"10.3.0.0/16"}"""));
        Assert.Equal(new Subnet(previous.Ipv4), Assert.IsType<SubnetDecision.TakePrevious>(decision).Subnet);
    }

    [Fact]
    public void Out_of_IPv6_subnets_names_their_range_and_holders()
    {
        SubnetDecision decision = Decide(
        [
            Held("10.3.1.0/24", "fc00:0:0:6::/63"), Held("10.3.2.0/24", "fc00:0:0:5::/64"), Held("10.3.3.0/24", "fc00:0:0:9::/64"),
        ]);
        Assert.Equal(
            "out of subnets (a /64 from fc00:0:0:5:: to fc00:0:0:7:: is all held, by 2 leases; widen IPv6SubnetMin and "
            + "IPv6SubnetMax or delete leases of nodes that are gone)",
            Assert.IsType<SubnetDecision.OutOfSubnets>(decision).Message);
    }

    [Fact]
    public void The_last_subnet_of_all_can_be_taken()
    {
        NetworkConfig last = Configured(
            """
            {"Network":"10.3.0.0/16","EnableIPv6":true,"IPv6Network":"ffff:ffff:ffff:ffff::/64",
             "IPv6SubnetLen":66,"IPv6SubnetMin":"ffff:ffff:ffff:ffff:c000::"}
            """);
        Assert.Equal(
            Ipv6Prefix.Parse("ffff:ffff:ffff:ffff:c000::/66"),
            Assert.IsType<SubnetDecision.TakeFree>(Decide([], config: last)).Subnet.Ipv6);
        Assert.IsType<SubnetDecision.OutOfSubnets>(Decide([Held("10.3.1.0/24", "ffff:ffff:ffff:ffff:c000::/66")], config: last));
    }

    [Fact]
    public void The_first_free_ones_are_those_a_linear_search_finds()
    {
        NetworkConfig network = Configured(
            """{"Network":"10.3.0.0/16","EnableIPv6":true,"IPv6Network":"fc00::/112","IPv6SubnetLen":120}""");
        Gen<Ipv6Prefix> held = Gen.Select(Gen.UInt[0, 0x10FFFF], Gen.Int[110, 127], (host, length) =>
            new Ipv6Prefix(new Ipv6Address(Ipv6Address.Parse("fc00::").Value + host), length));

        Gen.Select(held.List[0, 30], Gen.Int[1, 12]).Sample((taken, limit) =>
            Assert.Equal(FirstByLinearSearch(network, taken, limit), FreeSubnets.First(network, taken, limit)));
    }

    private static List<Ipv6Prefix> FirstByLinearSearch(NetworkConfig config, List<Ipv6Prefix> taken, int limit)
    {
        List<Ipv6Prefix> free = [];
        UInt128 size = UInt128.One << (128 - config.IPv6SubnetLen);
        for (UInt128 start = config.IPv6SubnetMin.Value; start <= config.IPv6SubnetMax.Value && free.Count < limit; start += size)
        {
            var candidate = new Ipv6Prefix(new Ipv6Address(start), config.IPv6SubnetLen);
            if (!taken.Exists(candidate.Overlaps))
                free.Add(candidate);
        }

        return free;
    }

    private static NetworkConfig Configured(string json) => Assert.IsType<NetworkConfig>(NetworkConfigReader.Read(json).Value);

    private static Lease Held(string ipv4, string? ipv6 = null, string by = "1.1.1.1") => new(
        new Subnet(Ipv4Prefix.Parse(ipv4), ipv6 is null ? null : Ipv6Prefix.Parse(ipv6)),
        new LeaseAttributes { PublicIP = Ipv4Address.Parse(by) },
        EtcdLeaseId: 7,
        ModRevision: 10);

    private static SubnetDecision Decide(Lease[] leases, Subnet? previous = null, NetworkConfig? config = null) =>
        SubnetAllocator.Decide(config ?? Config, leases, Own, previous, new Random(1));
}

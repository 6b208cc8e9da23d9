using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class SubnetAllocatorTests
{
    private static readonly Ipv4Address Own = Ipv4Address.Parse("1.2.3.4");

    // flannel's own fixture: four leases at the low end of the range and one outside.
    private static readonly NetworkConfig Config = Configured(
        """{ "Network": "10.3.0.0/16", "SubnetMin": "10.3.1.0", "SubnetMax": "10.3.25.0" }""");

    private static readonly Lease[] Leases =
    [
        Held("10.3.1.0/24"), Held("10.3.2.0/24"), Held("10.3.4.0/24"), Held("10.3.5.0/24"), Held("10.3.31.0/24"),
    ];

    private static NetworkConfig Configured(string json) => Assert.IsType<NetworkConfig>(NetworkConfigReader.Read(json).Value);

    private static Lease Held(string subnet, string by = "1.1.1.1") => Held(Ipv4Prefix.Parse(subnet), Ipv4Address.Parse(by));

    private static Lease Held(Ipv4Prefix subnet, Ipv4Address by) =>
        new(new Subnet(subnet), new LeaseAttributes { PublicIP = by }, EtcdLeaseId: 7, ModRevision: 10);

    private static SubnetDecision Decide(Lease[] leases, string? previous = null, NetworkConfig? config = null)
    {
        Subnet? previousSubnet = previous is null ? null : new Subnet(Ipv4Prefix.Parse(previous));
        return SubnetAllocator.Decide(config ?? Config, leases, Own, previousSubnet, new Random(1));
    }

    private static Gen<Ipv4Prefix> Subnets(Gen<uint> addresses, Gen<int> lengths) =>
        Gen.Select(addresses, lengths, (address, length) => new Ipv4Prefix(new Ipv4Address(address), length));

    private static void AssertInRange(NetworkConfig config, Subnet subnet) => Assert.InRange(
        subnet.Ipv4.Network.Value, config.SubnetMin.Value, config.SubnetMax.Value);

    [Fact] // flannel: TestAcquireLease
    public void A_new_node_takes_a_free_subnet_of_the_range()
    {
        var taken = Assert.IsType<SubnetDecision.TakeFree>(Decide(Leases));

        AssertInRange(Config, taken.Subnet);
        Assert.DoesNotContain(Leases, lease => lease.Subnet == taken.Subnet);
        Assert.Empty(taken.Incompatible);
        Assert.Null(taken.PreviousRefused);
    }

    [Fact] // flannel: TestAcquireLease
    public void The_own_lease_is_used_again()
    {
        Lease own = Held("10.3.3.0/24", by: "1.2.3.4");

        Assert.Equal(own, Assert.IsType<SubnetDecision.Reuse>(Decide([.. Leases, own], previous: "10.3.6.0/24")).Lease);
    }

    [Fact]
    public void A_reservation_is_used_as_an_own_lease()
    {
        Lease reserved = Held("10.3.3.0/24", by: "1.2.3.4") with { EtcdLeaseId = 0 };

        Assert.True(Assert.IsType<SubnetDecision.Reuse>(Decide([.. Leases, reserved])).Lease.IsReservation);
    }

    [Fact] // flannel: TestAcquireLease
    public void The_previous_subnet_is_taken_when_it_is_free() =>
        Assert.Equal(
            Ipv4Prefix.Parse("10.3.6.0/24"),
            Assert.IsType<SubnetDecision.TakePrevious>(Decide(Leases, previous: "10.3.6.0/24")).Subnet.Ipv4);

    [Theory]
    [InlineData("10.4.1.0/24")] // flannel: TestAcquireLease
    [InlineData("10.3.31.0/24")]
    [InlineData("10.3.6.0/25")]
    public void A_previous_subnet_that_does_not_fit_is_refused(string previous)
    {
        var taken = Assert.IsType<SubnetDecision.TakeFree>(Decide(Leases, previous));

        Assert.Equal(
            $"the previous subnet {previous} does not fit the network config (expected a /24 from 10.3.1.0 to 10.3.25.0)",
            taken.PreviousRefused);
        Assert.NotEqual(Ipv4Prefix.Parse(previous), taken.Subnet.Ipv4);
    }

    [Theory]
    [InlineData("10.3.6.0/24")]
    [InlineData("10.3.6.128/25")]
    [InlineData("10.3.0.0/21")]
    public void A_previous_subnet_that_another_node_holds_is_refused(string held)
    {
        SubnetDecision decision = Decide([Held(held)], previous: "10.3.6.0/24");

        Assert.Equal(
            $"the previous subnet 10.3.6.0/24 overlaps {held}, which another node holds by now", decision.PreviousRefused);
        Assert.IsType<SubnetDecision.TakeFree>(decision);
    }

    [Fact] // flannel: TestConfigChanged
    public void An_own_lease_outside_the_changed_network_is_to_be_deleted()
    {
        Lease own = Held("10.3.3.0/24", by: "1.2.3.4");
        NetworkConfig changed = Configured("""{ "Network": "10.4.0.0/16" }""");

        var taken = Assert.IsType<SubnetDecision.TakeFree>(Decide([.. Leases, own], config: changed));

        Assert.Equal([own], taken.Incompatible);
        AssertInRange(changed, taken.Subnet);
    }

    [Fact]
    public void A_dual_stack_lease_does_not_fit_an_ipv4_network()
    {
        Lease own = Held("10.3.3.0/24", by: "1.2.3.4") with
        {
            Subnet = new Subnet(Ipv4Prefix.Parse("10.3.3.0/24"), Ipv6Prefix.Parse("fd00::/64")),
        };

        Assert.Equal([own], Decide([own]).Incompatible);
    }

    [Fact]
    public void What_is_to_be_deleted_can_be_taken_again_in_parts()
    {
        NetworkConfig small = Configured(
            """{"Network":"10.3.0.0/22","SubnetLen":25,"SubnetMin":"10.3.2.0","SubnetMax":"10.3.2.128"}""");

        Assert.IsType<SubnetDecision.TakeFree>(Decide([Held("10.3.2.0/24", by: "1.2.3.4")], config: small));
    }

    [Fact]
    public void Out_of_subnets_names_the_range_and_the_holders()
    {
        NetworkConfig small = Configured("""{"Network":"10.3.0.0/22","SubnetLen":24}""");
        Lease[] leases =
        [
            Held("10.3.1.0/24"), Held("10.3.2.0/25"), Held("10.3.2.128/25"), Held("10.3.3.0/30"), Held("10.9.0.0/24"),
        ];

        Assert.Equal(
            "out of subnets (a /24 from 10.3.1.0 to 10.3.3.0 is all held, by 4 leases; widen SubnetMin and SubnetMax or delete "
            + "leases of nodes that are gone)",
            Assert.IsType<SubnetDecision.OutOfSubnets>(Decide(leases, config: small)).Message);
    }

    [Fact]
    public void The_last_subnet_of_all_can_be_taken()
    {
        NetworkConfig last = Configured("""{"Network":"255.255.252.0/22","SubnetMin":"255.255.255.0"}""");

        Assert.Equal(
            Ipv4Prefix.Parse("255.255.255.0/24"), Assert.IsType<SubnetDecision.TakeFree>(Decide([], config: last)).Subnet.Ipv4);
        Assert.IsType<SubnetDecision.OutOfSubnets>(Decide([Held("255.255.255.0/24")], config: last));
    }

    [Fact]
    public void IPv6_alone_is_not_allocated() =>
        Assert.Throws<ArgumentException>(() => Decide(
            [], config: Configured("""{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fd00::/48"}""")));

    [Fact]
    public void Ten_thousand_leases_are_decided_on_at_once()
    {
        NetworkConfig large = Configured("""{"Network":"10.0.0.0/8"}""");
        Ipv4Address other = Ipv4Address.Parse("1.1.1.1");
        Lease[] leases =
        [
            .. Enumerable.Range(1, 10_000)
                .Select(i => new Ipv4Prefix(new Ipv4Address(0x0A000000u + ((uint)i << 8)), 24))
                .Select(subnet => Held(subnet, other)),
        ];
        Random.Shared.Shuffle(leases);

        Ipv4Prefix subnet = Assert.IsType<SubnetDecision.TakeFree>(Decide(leases, config: large)).Subnet.Ipv4;

        uint index = (subnet.Network.Value - 0x0A000000u) >> 8;
        Assert.InRange(index, 10_001u, 10_100u);
    }

    [Fact]
    public void The_first_free_ones_are_those_a_linear_search_finds()
    {
        Gen<NetworkConfig> config = Gen.Select(Gen.Int[20, 28], Gen.Int[2, 6], (network, more) =>
            Configured($$"""{"Network":"10.3.0.0/{{network}}","SubnetLen":{{Math.Min(network + more, 30)}}}"""));
        Gen<Ipv4Prefix> held = Subnets(Gen.UInt[0x0A030000, 0x0A0310FF], Gen.Int[18, 31]);

        Gen.Select(config, held.List[0, 30], Gen.Int[1, 12]).Sample((network, taken, limit) =>
            Assert.Equal(FirstByLinearSearch(network, taken, limit), FreeSubnets.First(network, taken, limit)));
    }

    [Fact]
    public void A_free_subnet_is_among_the_first_hundred_within_the_range_and_overlaps_nothing()
    {
        NetworkConfig network = Configured("""{"Network":"10.3.0.0/16","SubnetMin":"10.3.5.0","SubnetMax":"10.3.200.0"}""");
        Gen<Ipv4Prefix> held = Subnets(Gen.UInt[0x0A030000, 0x0A03FFFF], Gen.Int[17, 31]);

        Gen.Select(held.List[0, 200], Gen.Int).Sample((taken, seed) =>
        {
            Lease[] leases = [.. taken.Select(subnet => Held(subnet, Ipv4Address.Parse("1.1.1.1")))];
            List<Ipv4Prefix> candidates = FirstByLinearSearch(network, taken, SubnetAllocator.MaxCandidates);
            switch (SubnetAllocator.Decide(network, leases, Own, previous: null, new Random(seed)))
            {
                case SubnetDecision.TakeFree free:
                    Assert.Contains(free.Subnet.Ipv4, candidates);
                    AssertInRange(network, free.Subnet);
                    Assert.DoesNotContain(taken, free.Subnet.Ipv4.Overlaps);
                    break;
                case SubnetDecision.OutOfSubnets:
                    Assert.Empty(candidates);
                    break;
                case SubnetDecision other:
                    Assert.Fail($"{other} without an own lease or a previous subnet");
                    break;
            }
        });
    }

    /// <summary>flannel's way: every candidate against every lease.</summary>
    private static List<Ipv4Prefix> FirstByLinearSearch(NetworkConfig config, List<Ipv4Prefix> taken, int limit)
    {
        List<Ipv4Prefix> free = [];
        ulong size = 1UL << (32 - config.SubnetLen);
        for (ulong start = config.SubnetMin.Value; start <= config.SubnetMax.Value && free.Count < limit; start += size)
        {
            var candidate = new Ipv4Prefix(new Ipv4Address((uint)start), config.SubnetLen);
            if (!taken.Exists(candidate.Overlaps))
                free.Add(candidate);
        }

        return free;
    }
}

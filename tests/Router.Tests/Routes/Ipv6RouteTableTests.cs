using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public class Ipv6RouteTableTests
{
    private static readonly UInt128 Base = Ipv6Address.Parse("fd05::").Value;

    // Few distinct networks, so that overlaps, equal prefixes and hash collisions happen all the time. The lengths are those near
    // the bits that differ, and any other.
    private static readonly Gen<Ipv6PeerRoute> AnyRoute = Gen.Select(
        Gen.UInt[0, 1 << 12], Gen.OneOf(Gen.Int[44, 68], Gen.Int[0, 128]), Gen.UInt, Gen.UShort).Select(
        (network, length, hop, port) => new Ipv6PeerRoute(
            new Ipv6Prefix(AddressOf(network), length), new Ipv4Endpoint(new Ipv4Address(hop), port)));

    [Fact]
    public void Finds_what_a_linear_search_finds() =>
        Gen.Select(AnyRoute.Array[0, 60], Gen.UInt[0, 1 << 12].Array[50]).Sample((routes, hosts) =>
        {
            var table = new RouteTable([], routes);
            foreach (uint host in hosts)
            {
                Ipv6Address address = AddressOf(host);
                Ipv6PeerRoute? expected = routes.Reverse().Where(r => r.Subnet.Contains(address))
                    .OrderByDescending(r => r.Subnet.Length).Cast<Ipv6PeerRoute?>().FirstOrDefault();
                Assert.Equal(expected is not null, table.TryFind(address, out Ipv4Endpoint hop));
                Assert.Equal(expected?.NextHop ?? default, hop);
            }
        });

    [Fact]
    public void Holds_every_subnet_of_a_large_network_and_those_that_differ_in_high_bits_only()
    {
        Ipv6PeerRoute[] routes = [.. Enumerable.Range(0, 5000).SelectMany(i => (Ipv6PeerRoute[])
        [
            new(new Ipv6Prefix(AddressOf((uint)i), 64), new Ipv4Endpoint(new Ipv4Address((uint)i), 8285)),
            new(new Ipv6Prefix(new Ipv6Address((UInt128)(uint)i << 112), 64), new Ipv4Endpoint(new Ipv4Address((uint)i), 1)),
        ])];
        var table = new RouteTable([], routes);
        Assert.Equal((0, 10_000), (table.Count, table.Ipv6Count));
        Assert.All(routes, r =>
        {
            Assert.True(table.TryFind(r.Subnet.Last, out Ipv4Endpoint hop));
            Assert.Equal(r.NextHop, hop);
        });
    }

    [Fact]
    public void The_families_do_not_see_each_other()
    {
        var ipv4 = new Route(Ipv4Prefix.Parse("0.0.0.0/0"), new Ipv4Endpoint(default, 4));
        var ipv6 = new Ipv6PeerRoute(Ipv6Prefix.Parse("::/0"), new Ipv4Endpoint(default, 6));
        Assert.False(new RouteTable([ipv4]).TryFind(AddressOf(1), out _));
        Assert.False(new RouteTable([], [ipv6]).TryFind(Ipv4Address.Parse("10.5.1.2"), out _));
    }

    [Theory]
    [InlineData(true, 6)]
    [InlineData(false, 4)]
    public void A_packets_family_decides(bool isIpv6, int port)
    {
        var table = new RouteTable(
            [new Route(Ipv4Prefix.Parse("10.5.2.0/24"), new Ipv4Endpoint(default, 4))],
            [new Ipv6PeerRoute(Ipv6Prefix.Parse("fd05:0:0:2::/64"), new Ipv4Endpoint(default, 6))]);
        byte[] bytes = isIpv6 ? TestPacket.MakeIpv6() : TestPacket.Make();
        _ = PacketView.TryParse(bytes, carriesIpv6: true, out PacketView packet);
        Assert.True(table.TryFindDestination(packet, out Ipv4Endpoint hop));
        Assert.Equal(port, hop.Port);
        Assert.False(table.TryFindSource(packet, out _));
    }

    [Fact]
    public void A_lookup_allocates_nothing()
    {
        var table = new RouteTable([], [new Ipv6PeerRoute(Ipv6Prefix.Parse("fd05::/64"), default), new Ipv6PeerRoute(Ipv6Prefix.Parse("fd06::/48"), default)]);
        var address = Ipv6Address.Parse("fd06::3");
        _ = table.TryFind(address, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            _ = table.TryFind(address, out _);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static Ipv6Address AddressOf(uint network) => new(Base | ((UInt128)network << 64) | 1);
}

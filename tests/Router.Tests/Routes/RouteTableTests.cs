using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public class RouteTableTests
{
    // Few distinct networks, so that overlaps, equal prefixes and hash collisions happen all the time.
    private static readonly Gen<Route> AnyRoute = Gen.Select(Gen.UInt[0, 1 << 12], Gen.Int[0, 32], Gen.UInt, Gen.UShort)
        .Select((network, length, hop, port) => new Route(
            new Ipv4Prefix(new Ipv4Address(0x0A050000 + (network << 4)), length), new Ipv4Endpoint(new Ipv4Address(hop), port)));

    [Fact]
    public void Finds_what_a_linear_search_finds() =>
        Gen.Select(AnyRoute.Array[0, 60], Gen.UInt[0, 1 << 16].Array[50]).Sample((routes, hosts) =>
        {
            var table = new RouteTable(routes);
            foreach (uint host in hosts)
            {
                var address = new Ipv4Address(0x0A050000 + host);
                Route? expected = routes.Reverse().Where(r => r.Subnet.Contains(address)).OrderByDescending(r => r.Subnet.Length)
                    .Cast<Route?>().FirstOrDefault();
                Assert.Equal(expected is not null, table.TryFind(address, out Ipv4Endpoint hop));
                Assert.Equal(expected?.NextHop ?? default, hop);
            }
        });

    [Fact]
    public void Holds_every_subnet_of_a_large_network()
    {
        Route[] routes = [.. Enumerable.Range(0, 10_000).Select(i => new Route(
            new Ipv4Prefix(new Ipv4Address(0x0A000000 + ((uint)i << 8)), 24), new Ipv4Endpoint(new Ipv4Address((uint)i), 8285)))];
        var table = new RouteTable(routes);
        Assert.Equal(10_000, table.Count);
        Assert.All(routes, r =>
        {
            Assert.True(table.TryFind(r.Subnet.Last, out Ipv4Endpoint hop));
            Assert.Equal(r.NextHop, hop);
        });
        Assert.False(table.TryFind(new Ipv4Address(0x0A000000 + (10_000 << 8)), out _));
    }

    [Fact]
    public void The_empty_table_finds_nothing() => Assert.False(RouteTable.Empty.TryFind(default(Ipv4Address), out _));

    [Fact]
    public void A_lookup_allocates_nothing()
    {
        var table = new RouteTable([new Route(Ipv4Prefix.Parse("10.5.2.0/24"), default), new Route(Ipv4Prefix.Parse("10.6.0.0/20"), default)]);
        var address = Ipv4Address.Parse("10.6.3.3");
        _ = table.TryFind(address, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            _ = table.TryFind(address, out _);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}

using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>One thread puts tables in force as fast as it can while others look up, as the control plane and the packet loops do.</summary>
public class RouteStormTests
{
    private const int Tables = 20_000;
    private const int Subnets = 64;
    private const int Readers = 3;

    // A subnet of this remainder is not there in every second generation.
    private const int Flapping = 3;

    [Fact]
    public async Task Whoever_reads_sees_one_generation_whole_and_never_an_older_one_again()
    {
        var routes = new CurrentRoutes { Table = TableOf(1) };
        using var begin = new Barrier(Readers + 1);
        Task<int>[] readers = [.. Enumerable.Range(0, Readers).Select(_ => OnThread(() =>
        {
            begin.SignalAndWait();
            return Read(routes);
        }))];
        Task<int> writer = OnThread(() =>
        {
            begin.SignalAndWait();
            for (int generation = 2; generation <= Tables; generation++)
                routes.Table = TableOf(generation);

            return Tables;
        });

        _ = await writer;
        foreach (int seen in await Task.WhenAll(readers))
            Assert.True(seen > 2, $"a reader saw {seen} tables: nothing was changed while it looked");
    }

    /// <returns>How many tables it met.</returns>
    private static int Read(CurrentRoutes routes)
    {
        int seen = 0;
        int last = 0;
        while (last < Tables)
        {
            RouteTable table = routes.Table;
            int generation = GenerationOf(table, 0);
            if (generation == last)
                continue;

            Assert.True(generation > last, $"generation {generation} came after {last}");
            last = generation;
            seen++;
            for (int subnet = 0; subnet < Subnets; subnet++)
                AssertIsOf(table, subnet, generation);
        }

        return seen;
    }

    private static void AssertIsOf(RouteTable table, int subnet, int generation)
    {
        bool isThere = IsThere(subnet, generation);
        Assert.Equal(isThere, table.TryFind(HostIn(subnet), out Ipv4Endpoint nextHop));
        Assert.Equal(isThere ? NextHopOf(subnet, generation) : default, nextHop);
        Assert.Equal(isThere, table.TryFind(Ipv6HostIn(subnet), out nextHop));
        Assert.Equal(isThere ? NextHopOf(subnet, generation) : default, nextHop);
    }

    private static int GenerationOf(RouteTable table, int subnet)
    {
        Assert.True(table.TryFind(HostIn(subnet), out Ipv4Endpoint nextHop));
        return (int)nextHop.Address.Value;
    }

    private static RouteTable TableOf(int generation)
    {
        int[] there = [.. Enumerable.Range(0, Subnets).Where(subnet => IsThere(subnet, generation))];
        return new RouteTable(
            there.Select(subnet => new Route(new Ipv4Prefix(new Ipv4Address(NetworkOf(subnet)), 24), NextHopOf(subnet, generation))),
            there.Select(subnet => new Ipv6PeerRoute(new Ipv6Prefix(new Ipv6Address(Ipv6NetworkOf(subnet)), 64), NextHopOf(subnet, generation))));
    }

    private static bool IsThere(int subnet, int generation) => subnet % Flapping != 1 || generation % 2 == 0;

    // The address tells the generation, the port the subnet: a mixture of either kind shows.
    private static Ipv4Endpoint NextHopOf(int subnet, int generation) =>
        new(new Ipv4Address((uint)generation), (ushort)(1000 + subnet));

    private static uint NetworkOf(int subnet) => 0x0A050000 + ((uint)subnet << 8);

    private static UInt128 Ipv6NetworkOf(int subnet) => ((UInt128)0xFD05_0000_0000_0000 + (UInt128)subnet) << 64;

    private static Ipv4Address HostIn(int subnet) => new(NetworkOf(subnet) + 7);

    private static Ipv6Address Ipv6HostIn(int subnet) => new(Ipv6NetworkOf(subnet) + 7);

    private static Task<T> OnThread<T>(Func<T> run) =>
        Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}

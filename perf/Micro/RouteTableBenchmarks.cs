using BenchmarkDotNet.Attributes;
using FastFlannel.Native;
using FastFlannel.Router;

namespace FastFlannel.Perf;

/// <summary>A look-up in a network of /24 subnets or of IPv6 /64 ones, and what a peer's arrival costs: a new table.</summary>
[MemoryDiagnoser]
public class RouteTableBenchmarks
{
    private const int Lookups = 1024;
    private readonly Ipv4Address[] _destinations = new Ipv4Address[Lookups];
    private readonly Ipv6Address[] _ipv6Destinations = new Ipv6Address[Lookups];
    private Route[] _routes = [];
    private RouteTable _table = RouteTable.Empty;
    private RouteTable _ipv6Table = RouteTable.Empty;

    [Params(10, 1000, 10_000)]
    public int Peers { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _routes = [.. Enumerable.Range(0, Peers).Select(i => new Route(
            new Ipv4Prefix(new Ipv4Address(0x0A000000 + ((uint)i << 8)), 24), new Ipv4Endpoint(new Ipv4Address((uint)i), 8285)))];
        _table = new RouteTable(_routes);
        _ipv6Table = new RouteTable([], Enumerable.Range(0, Peers).Select(i => new Ipv6PeerRoute(
            new Ipv6Prefix(Ipv6In(i, 0), 64), new Ipv4Endpoint(new Ipv4Address((uint)i), 8285))));
        var random = new Random(1);
        for (int i = 0; i < Lookups; i++)
        {
            int peer = random.Next(Peers);
            _destinations[i] = new Ipv4Address(0x0A000000 + ((uint)peer << 8) + 7);
            _ipv6Destinations[i] = Ipv6In(peer, 7);
        }
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public uint Lookup()
    {
        uint sum = 0;
        foreach (Ipv4Address destination in _destinations)
        {
            if (_table.TryFind(destination, out Ipv4Endpoint hop))
                sum += hop.Address.Value;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public uint Ipv6Lookup()
    {
        uint sum = 0;
        foreach (Ipv6Address destination in _ipv6Destinations)
        {
            if (_ipv6Table.TryFind(destination, out Ipv4Endpoint hop))
                sum += hop.Address.Value;
        }

        return sum;
    }

    [Benchmark]
    public RouteTable Build() => new(_routes);

    private static Ipv6Address Ipv6In(int peer, uint host) =>
        new(((UInt128)0xFD05 << 112) | ((UInt128)(uint)peer << 64) | host);
}

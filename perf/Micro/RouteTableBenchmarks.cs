using BenchmarkDotNet.Attributes;
using FastFlannel.Native;
using FastFlannel.Router;

namespace FastFlannel.Perf;

/// <summary>A look-up in a network of /24 subnets, and what a peer's arrival costs: a new table.</summary>
[MemoryDiagnoser]
public class RouteTableBenchmarks
{
    private const int Lookups = 1024;
    private readonly Ipv4Address[] _destinations = new Ipv4Address[Lookups];
    private Route[] _routes = [];
    private RouteTable _table = RouteTable.Empty;

    [Params(10, 1000, 10_000)]
    public int Peers { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _routes = [.. Enumerable.Range(0, Peers).Select(i => new Route(
            new Ipv4Prefix(new Ipv4Address(0x0A000000 + ((uint)i << 8)), 24), new Ipv4Endpoint(new Ipv4Address((uint)i), 8285)))];
        _table = new RouteTable(_routes);
        var random = new Random(1);
        for (int i = 0; i < Lookups; i++)
            _destinations[i] = new Ipv4Address(0x0A000000 + ((uint)random.Next(Peers) << 8) + 7);
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

    [Benchmark]
    public RouteTable Build() => new(_routes);
}

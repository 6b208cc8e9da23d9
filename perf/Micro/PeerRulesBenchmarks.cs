using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using FastFlannel.Native;
using FastFlannel.Router;

namespace FastFlannel.Perf;

/// <summary>What it costs to let peers in alone (docs/adr/0019-peers-only.md): once a message, which is up to 64 packets, and once a packet.</summary>
[MemoryDiagnoser]
public class PeerRulesBenchmarks
{
    private const int Looks = 1024;
    private readonly Ipv4Endpoint[] _sources = new Ipv4Endpoint[Looks];
    private readonly byte[][] _packets = new byte[Looks][];
    private readonly PeerRules _on = new(PeerCheck.On, AnyPort: false, Ipv4Prefix.Parse("10.255.1.0/24"));
    private readonly PeerRules _strict = new(PeerCheck.Strict, AnyPort: false, Ipv4Prefix.Parse("10.255.1.0/24"));
    private RouteTable _table = RouteTable.Empty;

    [Params(10, 1000, 10_000)]
    public int Peers { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        Route[] routes = [.. Enumerable.Range(0, Peers).Select(i => new Route(
            new Ipv4Prefix(new Ipv4Address(0x0A000000 + ((uint)i << 8)), 24), new Ipv4Endpoint(new Ipv4Address(0xC0A80000 + (uint)i), 8285)))];
        _table = new RouteTable(routes);
        var random = new Random(1);
        for (int i = 0; i < Looks; i++)
        {
            Route peer = routes[random.Next(Peers)];
            _sources[i] = peer.NextHop;
            _packets[i] = new byte[20];
            _packets[i][0] = 0x45;
            _packets[i][3] = 20;
            BinaryPrimitives.WriteUInt32BigEndian(_packets[i].AsSpan(12), peer.Subnet.Network.Value + 7);
            BinaryPrimitives.WriteUInt32BigEndian(_packets[i].AsSpan(16), Ipv4Address.Parse("10.255.1.7").Value);
        }
    }

    [Benchmark(OperationsPerInvoke = Looks)]
    public int Message()
    {
        int refused = 0;
        foreach (Ipv4Endpoint source in _sources)
            refused += _on.Examine(_table, source) == DropReason.None ? 0 : 1;

        return refused;
    }

    [Benchmark(OperationsPerInvoke = Looks, Baseline = true)]
    public int ParseAlone() => Look(null);

    [Benchmark(OperationsPerInvoke = Looks)]
    public int ParseAndCheck() => Look(_on);

    [Benchmark(OperationsPerInvoke = Looks)]
    public int ParseAndCheckStrictly() => Look(_strict);

    private int Look(PeerRules? rules)
    {
        int refused = 0;
        for (int i = 0; i < Looks; i++)
        {
            _ = PacketView.TryParse(_packets[i], out PacketView packet);
            refused += packet.HasValidChecksum ? 1 : 0;
            if (rules is not null)
                refused += rules.Examine(_table, _sources[i], packet) == DropReason.None ? 0 : 1;
        }

        return refused;
    }
}

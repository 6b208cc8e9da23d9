using FastFlannel.Native;
using FastFlannel.Router;

namespace FastFlannel.Control.Tests;

public class DropWatchTests
{
    private readonly RecordingLogger _logger = new();
    private readonly DropWatch _watch;

    public DropWatchTests() => _watch = new DropWatch(() => null, UdpBackendConfig.Read("""{"Port":8286}""").Value!, _logger);

    [Fact]
    public void Strangers_are_named_the_heaviest_first_with_what_to_do()
    {
        Assert.True(_watch.Look(Drops((DropReason.UnknownPeer, 993)), Sources(DropReason.UnknownPeer, 4)));

        string line = Assert.Single(_logger.Lines);
        Assert.Contains("993 packets from addresses that are no peer's: 192.0.2.0, 192.0.2.1, 192.0.2.2; ", line, StringComparison.Ordinal);
        Assert.Contains("\"PeerCheck\": \"off\"", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_is_new_is_said()
    {
        Assert.True(_watch.Look(Drops((DropReason.WrongPort, 10)), Sources(DropReason.WrongPort, 1)));
        Assert.False(_watch.Look(Drops((DropReason.WrongPort, 10)), Sources(DropReason.WrongPort, 1)));
        Assert.True(_watch.Look(Drops((DropReason.WrongPort, 15)), Sources(DropReason.WrongPort, 1)));

        // A router that was made anew counts from 0.
        Assert.True(_watch.Look(Drops((DropReason.WrongPort, 2)), Sources(DropReason.WrongPort, 1)));

        Assert.Collection(
            _logger.Lines,
            line => Assert.Contains("Dropped 10 packets from peers' addresses but not from port 8286", line, StringComparison.Ordinal),
            line => Assert.Contains("Dropped 5 ", line, StringComparison.Ordinal),
            line => Assert.Contains("Dropped 2 ", line, StringComparison.Ordinal));
    }

    [Fact]
    public void What_happens_every_day_is_counted_and_not_said()
    {
        Assert.False(_watch.Look(
            Drops((DropReason.Malformed, 10), (DropReason.TimeExceeded, 1), (DropReason.NoRoute, 7)), Sources(DropReason.Malformed, 1)));
        Assert.Empty(_logger.Lines);
    }

    private static Dictionary<DropReason, long> Drops(params (DropReason Reason, long Count)[] drops) =>
        drops.ToDictionary(drop => drop.Reason, drop => drop.Count);

    private static DropSource[] Sources(DropReason reason, uint count) =>
        [.. Enumerable.Range(0, (int)count).Select(i => new DropSource(new Ipv4Address(0xC0000200 + (uint)i), reason, 100 - i))];
}

using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class PeerLogTests
{
    private const string HowMany = "more changes of peers";

    private readonly ManualTime _time = new();
    private readonly RecordingLogger _logger = new();
    private readonly PeerLog _log;

    public PeerLogTests() => _log = new PeerLog(_time, _logger);

    [Fact]
    public void Each_of_a_few_changes_gets_a_line()
    {
        _log.Note(new LeaseDiff([LeaseOf(1, 1)], [new LeaseChange(LeaseOf(2, 2), LeaseOf(2, 3))], [LeaseOf(4, 4)]));

        Assert.Equal(3, _logger.Lines.Count);
        Assert.Contains("Peer added: 10.5.1.0/24", _logger.Lines[0], StringComparison.Ordinal);
        Assert.Contains("Peer changed: 10.5.2.0/24", _logger.Lines[1], StringComparison.Ordinal);
        Assert.Contains("Peer removed: 10.5.4.0/24", _logger.Lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_at_once_some_get_a_line_and_the_others_are_counted()
    {
        _log.Note(Added(200));

        Assert.Equal(31, _logger.Lines.Count);
        Assert.Contains($"170 {HowMany}", _logger.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_storm_that_does_not_end_every_change_is_said_or_counted_in_a_few_lines()
    {
        const int Minutes = 10;
        const int Each = 20;
        for (int i = 0; i < Minutes * 60 * 50; i++)
        {
            _log.Note(Added(Each));
            _time.Advance(TimeSpan.FromMilliseconds(20));
        }

        // A line every 2 s, and a count every 10 s.
        Assert.InRange(_logger.Lines.Count, Minutes * 30, 31 + (Minutes * 36) + 1);

        _time.Advance(TimeSpan.FromMinutes(1));
        _log.Note(Added(1));
        int counted = _logger.Lines.Where(line => line.Contains(HowMany, StringComparison.Ordinal)).Sum(CountIn);
        int said = _logger.Lines.Count(line => line.Contains("Peer added", StringComparison.Ordinal));
        Assert.Equal((Minutes * 60 * 50 * Each) + 1, said + counted);
        Assert.Contains("Peer added", _logger.Lines[^1], StringComparison.Ordinal);
    }

    private static int CountIn(string line) =>
        int.Parse(line.Split(' ').First(word => char.IsAsciiDigit(word[0])), System.Globalization.CultureInfo.InvariantCulture);

    private static LeaseDiff Added(int count) => new([.. Enumerable.Range(0, count).Select(number => LeaseOf(number, number))], [], []);

    private static Lease LeaseOf(int subnet, int host) => new(
        new Subnet(new Ipv4Prefix(new Ipv4Address(0x0A05_0000 + ((uint)subnet << 8)), 24)),
        new LeaseAttributes { PublicIP = new Ipv4Address(0xC0A8_4D00 + (uint)host) },
        1,
        1);
}

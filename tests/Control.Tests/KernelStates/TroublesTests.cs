namespace FastFlannel.Control.Tests;

public class TroublesTests
{
    private static readonly Dictionary<string, string> None = [];

    private readonly SteppedTime _time = new();
    private readonly Troubles _troubles;

    public TroublesTests() => _troubles = new Troubles(_time);

    [Fact]
    public void A_failure_waits_longer_each_time_up_to_half_a_minute()
    {
        List<double> pauses = [];
        for (int i = 0; i < 8; i++)
        {
            _ = Fail("a", "no");
            Assert.True(_troubles.IsWaiting("a"));
            pauses.Add(_troubles.UntilNext!.Value.TotalSeconds);
            _time.Pass(_troubles.UntilNext!.Value);
            Assert.False(_troubles.IsWaiting("a"));
        }

        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], pauses);
    }

    [Fact]
    public void A_failure_is_news_once_for_each_cause_and_its_end_is_news_too()
    {
        Assert.Equal(["a"], Fail("a", "no").New.Keys);
        Assert.Empty(Fail("a", "no").New);
        Assert.Equal(["a"], Fail("a", "never").New.Keys);
        Assert.Equal("never", _troubles.Now["a"]);
        Assert.Equal(["a"], _troubles.Settle(None, new HashSet<string>()).Over);
        Assert.Empty(_troubles.Now);
        Assert.Null(_troubles.UntilNext);
    }

    [Fact]
    public void What_waits_is_neither_news_nor_over_and_does_not_delay_another()
    {
        _ = Fail("a", "no");
        (IReadOnlyDictionary<string, string> news, IReadOnlyList<string> over) = _troubles.Settle(
            new Dictionary<string, string> { ["b"] = "no" }, new HashSet<string> { "a" });

        Assert.Equal(["b"], news.Keys);
        Assert.Empty(over);
        Assert.False(_troubles.IsWaiting("c"));
    }

    [Fact]
    public void A_change_that_may_help_ends_every_wait()
    {
        _ = Fail("a", "no");
        _troubles.RetryAll();

        Assert.False(_troubles.IsWaiting("a"));
        Assert.True(_troubles.UntilNext <= TimeSpan.Zero);
    }

    private (IReadOnlyDictionary<string, string> New, IReadOnlyList<string> Over) Fail(string subject, string cause) =>
        _troubles.Settle(new Dictionary<string, string> { [subject] = cause }, new HashSet<string>());

    private sealed class SteppedTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Pass(TimeSpan time) => _ticks += time.Ticks;
    }
}

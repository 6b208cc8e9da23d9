namespace FastFlannel.Control.Tests;

public class PulseTests
{
    private static readonly TimeSpan Little = TimeSpan.FromSeconds(1);

    private readonly ShiftedTime _time = new();
    private readonly Pulse _pulse;

    public PulseTests() => _pulse = new Pulse(_time);

    [Fact]
    public void Without_loops_nothing_beats_and_nothing_is_stalled()
    {
        Assert.False(_pulse.IsBeating);
        Assert.Empty(_pulse.Stalled);
        Assert.Null(_pulse.Waiting);
    }

    [Fact]
    public void A_loop_that_does_not_turn_is_named_until_it_turns_again()
    {
        using Heartbeat one = _pulse.Begin("one");
        using Heartbeat two = _pulse.Begin("two");
        _time.Advance(Pulse.LongestTurn);
        Assert.True(_pulse.IsBeating);

        one.Beat();
        _time.Advance(Little);
        Assert.Equal(["two"], _pulse.Stalled);
        Assert.False(_pulse.IsBeating);

        two.Beat();
        Assert.Empty(_pulse.Stalled);
        Assert.True(_pulse.IsBeating);
    }

    [Fact]
    public void A_loop_that_has_ended_need_not_turn()
    {
        using Heartbeat one = _pulse.Begin("one");
        Heartbeat two = _pulse.Begin("two");
        two.Dispose();
        one.Beat();
        _time.Advance(Pulse.LongestTurn);

        Assert.True(_pulse.IsBeating);
    }

    [Fact]
    public async Task Who_waits_says_for_what_and_why_and_beats_at_each_try()
    {
        var patience = new Patience(_time, new RecordingLogger()) { Pulse = _pulse };
        bool isThere = false;
        Task<bool> waiting = patience.UntilDoneAsync(
            "read the config",
            _ => Volatile.Read(ref isThere) ? Task.FromResult(true) : throw new NotYetException("there is none"),
            TestContext.Current.CancellationToken);
        Assert.Equal("read the config: there is none", _pulse.Waiting);

        for (int i = 0; i < 3; i++)
        {
            _time.Advance(Pulse.LongestTurn + Little);
            await BeatingAsync();
        }

        Volatile.Write(ref isThere, true);
        Assert.True(await waiting);
        Assert.Null(_pulse.Waiting);
    }

    private async Task BeatingAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        while (!_pulse.IsBeating)
            await Task.Delay(1, limit.Token);
    }

    /// <summary>A clock that stands still unless it is told to go on, and whose timers are due at once.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => Interlocked.Add(ref _now, by.Ticks);

        public override long GetTimestamp() => Interlocked.Read(ref _now);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}

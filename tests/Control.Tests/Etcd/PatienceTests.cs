namespace FastFlannel.Control.Tests;

public class PatienceTests
{
    [Fact]
    public async Task Waiting_is_logged_when_it_begins_when_its_cause_changes_and_when_it_ends()
    {
        var logger = new RecordingLogger();
        var patience = new Patience(new InstantTime(), logger);
        int tries = 0;
        int result = await patience.UntilDoneAsync(
            "do it",
            _ => ++tries switch
            {
                < 50 => throw new NotYetException("no config"),
                < 100 => throw new NotYetException("bad config"),
                _ => Task.FromResult(tries),
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(100, result);
        Assert.Equal(["Waiting to do it: no config", "Waiting to do it: bad config", "The wait to do it is over"], logger.Lines);
    }

    [Fact]
    public async Task Success_at_once_is_not_worth_a_line()
    {
        var logger = new RecordingLogger();
        _ = await new Patience(new InstantTime(), logger).UntilDoneAsync(
            "do it", _ => Task.FromResult(1), TestContext.Current.CancellationToken);
        Assert.Empty(logger.Lines);
    }

    [Fact]
    public async Task Other_faults_pass_through()
    {
        var patience = new Patience(new InstantTime(), new RecordingLogger());
        await Assert.ThrowsAsync<InvalidOperationException>(() => patience.UntilDoneAsync<int>(
            "do it", _ => throw new InvalidOperationException(), TestContext.Current.CancellationToken));
    }

    /// <summary>A clock whose timers are due at once.</summary>
    private sealed class InstantTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}

namespace FastFlannel.Daemon.Tests;

public class RestartPauseTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    [Fact]
    public void The_first_failure_costs_no_time_and_further_ones_more_and_more()
    {
        var pause = new RestartPause();
        double[] pauses = [.. Enumerable.Range(0, 12).Select(_ => pause.After(Short).TotalSeconds)];
        Assert.Equal([0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10, 10], pauses);
    }

    [Fact]
    public void A_run_that_lasted_makes_it_forget()
    {
        var pause = new RestartPause();
        for (int i = 0; i < 5; i++)
            _ = pause.After(Short);

        Assert.Equal(TimeSpan.Zero, pause.After(TimeSpan.FromMinutes(1)));
        Assert.Equal(TimeSpan.Zero, pause.After(Short));
        Assert.NotEqual(TimeSpan.Zero, pause.After(Short));
    }
}

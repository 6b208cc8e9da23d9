namespace FastFlannel.Control.Tests;

public class LogBudgetTests
{
    private readonly ManualTime _time = new();
    private readonly LogBudget _budget;

    public LogBudgetTests() => _budget = new LogBudget(_time);

    [Fact]
    public void A_line_is_written_once_in_a_row_of_failures()
    {
        Assert.True(_budget.Allows("refused"));
        _time.Advance(TimeSpan.FromHours(10));
        Assert.False(_budget.Allows("refused"));
        _budget.Reset();
        Assert.True(_budget.Allows("refused"));
    }

    [Fact]
    public void A_row_of_failures_that_is_never_the_same_gets_three_lines_at_once_and_one_each_half_minute()
    {
        int written = 0;
        for (int second = 0; second < 600; second++)
        {
            written += _budget.Allows($"failure {second}") ? 1 : 0;
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(written, 3 + 18, 3 + 20);
    }

    [Fact]
    public void What_fails_and_recovers_without_end_is_no_way_around_it_but_its_last_state_is_written()
    {
        int written = 0;
        for (int second = 0; second < 600; second++)
        {
            written += _budget.Allows("refused") ? 1 : 0;
            _budget.Reset();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(written, 3 + 18, 3 + 20);

        bool isTold = false;
        for (int second = 0; second < 31 && !isTold; second++)
        {
            isTold = _budget.Allows("refused");
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.True(isTold);
    }
}

namespace FastFlannel.Lab.Tests;

public class StormReportTests
{
    [Fact]
    public void Shares_are_taken_round_by_round()
    {
        StormReport report = Report(
            Sample(1, StormWeather.Calm, 10), Sample(1, StormWeather.Elsewhere, 8), Sample(1, StormWeather.Storm, 7.6, [1, 3]),
            Sample(2, StormWeather.Storm, 3.8, [2]), Sample(2, StormWeather.Calm, 5), Sample(2, StormWeather.Elsewhere, 4));

        StormSummary storm = report.Summaries[^1];
        Assert.Equal((StormWeather.Storm, "router"), (storm.Weather, storm.Way));
        Assert.Equal(0.76, storm.OfCalm.Median, 0.001);
        Assert.Equal(0.95, storm.OfElsewhere.Median, 0.001);
        Assert.Equal(new StormLag(3, 2, 3, 3), storm.InForce);
        Assert.Null(report.Summaries[0].InForce);
        Assert.All(report.Requirements, one => Assert.True(one.Met, one.ToString()));
        Assert.Equal(0, report.ExitCode(require: true));
    }

    [Theory]
    [InlineData(7, 100, 1000, "TCP, of that with writes elsewhere")]
    [InlineData(8, 101, 1000, "a change in force, at the latest")]
    [InlineData(8, 100, 800, "changes, of those asked for")]
    public void A_requirement_that_is_not_met_counts_where_it_was_asked_to(
        double speed, double lag, double changes, string requirement)
    {
        StormReport report = Report(
            Sample(1, StormWeather.Calm, 10), Sample(1, StormWeather.Elsewhere, 8),
            Sample(1, StormWeather.Storm, speed, [lag]) with { ChangesPerSecond = changes });

        Assert.Equal([requirement], report.Requirements.Where(one => one.Met == false).Select(one => one.Requirement));
        Assert.Equal((0, 1), (report.ExitCode(require: false), report.ExitCode(require: true)));
    }

    [Fact]
    public void A_packet_that_went_wrong_always_counts()
    {
        StormReport report = Report(
            Sample(1, StormWeather.Calm, 10), Sample(1, StormWeather.Elsewhere, 8),
            Sample(1, StormWeather.Storm, 8, [1]) with { Misdirected = 1 });

        Assert.Equal(1, report.ExitCode(require: false));
        using var output = new StringWriter();
        StormView.Write(output, report);
        Assert.Contains("NOT MET", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_view_fits_120_columns_with_the_largest_numbers()
    {
        StormReport report = Report([.. Enum.GetValues<StormWeather>().Select(weather =>
            new StormSample(1, "kernel tunnel", weather, 99.9, 5000, 3_000_000, 9, 99_999, 999, 12_345, [9_999, 1, 9_998]))]);
        using var output = new StringWriter();
        StormView.Write(output, report);

        string[] lines = output.ToString().Split(Environment.NewLine);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 120));
        Assert.Single(lines[1..6].Select(line => line.Length).Where(length => length > 100).Distinct());
    }

    private static StormReport Report(params StormSample[] samples) => new(100, 1000, 3, samples, []);

    private static StormSample Sample(int round, StormWeather weather, double speed, double[]? lags = null) =>
        new(round, "router", weather, speed, weather == StormWeather.Calm ? 0 : 1000, 500, 0, 0, 1, 80, lags ?? []);
}

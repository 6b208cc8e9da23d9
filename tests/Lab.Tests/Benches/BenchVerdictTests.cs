namespace FastFlannel.Lab.Tests;

public class BenchVerdictTests
{
    [Fact]
    public void What_just_reaches_every_limit_is_met()
    {
        BenchReport report = Reports.Of(("udp", Reports.Daemons, Reports.Samples("udp", 7.5, 5, 10, 70)));

        Assert.Equal(8, report.Requirements.Count);
        Assert.All(report.Requirements, verdict => Assert.True(verdict.Met, verdict.ToString()));
        Assert.Equal(0, report.ExitCode(require: true));
    }

    [Fact]
    public void What_just_misses_every_limit_is_not()
    {
        BenchDaemons daemons = Reports.Daemons with { IdleCpuPercent = 1, AllocatedBytes = 1, Collections = 1 };
        BenchReport report = Reports.Of(("udp", daemons, Reports.Samples("udp", 7.49, 4.99, 9.99, 70.1)));

        Assert.All(report.Requirements, verdict => Assert.False(verdict.Met, verdict.ToString()));
    }

    [Fact]
    public void What_was_not_measured_is_neither()
    {
        BenchDaemons silent = Reports.Daemons with { AllocatedBytes = null, Collections = null };
        BenchReport report = Reports.Of(("udp", silent, []));

        Assert.All(report.Requirements.Take(7), verdict => Assert.Null(verdict.Met));
        Assert.Equal(0, report.ExitCode(require: true));
    }

    [Fact]
    public void Each_udp_path_is_judged_and_no_other()
    {
        BenchReport report = Reports.Of(
            ("udp", Reports.Daemons, Reports.Samples("udp", 9, 9, 10, 70)),
            ("old", Reports.Daemons, Reports.Samples("old", 1, 9, 10, 70)));

        Assert.Equal(["udp", "old"], report.Requirements.Select(verdict => verdict.Path).Distinct());
        Assert.All(report.Requirements.Where(verdict => verdict.Met == false), verdict => Assert.Equal("old", verdict.Path));
        Assert.Equal(2, report.Requirements.Count(verdict => verdict.Met == false));
    }

    [Theory]
    [InlineData("udp", false, 0)]
    [InlineData("udp", true, 1)]
    [InlineData("old", true, 0)] // what is compared with may be as bad as it likes
    public void A_requirement_of_udp_decides_the_exit_code_only_on_request(string slow, bool require, int code)
    {
        BenchReport report = Reports.Of((slow, Reports.Daemons, Reports.Samples(slow, 1, 9, 10, 70)));

        Assert.Equal(code, report.ExitCode(require));
    }

    [Fact]
    public void A_failed_measurement_always_does()
    {
        BenchReport report = Reports.Of(
            ("udp", Reports.Daemons, [new BenchSample("udp", BenchMetric.Ping, 1, null) { Error = "lost" }]));

        Assert.False(report.Ok);
        Assert.Equal(1, report.ExitCode(require: false));
    }
}

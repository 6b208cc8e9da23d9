namespace FastFlannel.Lab.Tests;

public class BenchSummaryTests
{
    [Fact]
    public void Ratios_are_of_the_same_round_and_their_median_is_taken()
    {
        // The machine is ten times slower in the second round: the medians' ratio would be 5 / 1.
        BenchSummary udp = Find(
            [
                Tcp("udp", 1, 5), Tcp("vxlan", 1, 10),
                Tcp("udp", 2, 0.6), Tcp("vxlan", 2, 1),
                Tcp("udp", 3, 7), Tcp("vxlan", 3, 1),
            ],
            "udp");

        Assert.Equal(new Spread(5, 0.6, 7), udp.Value);
        Assert.Equal(new Spread(0.6, 0.5, 7), udp.OfVxlan);
    }

    [Fact]
    public void A_round_that_one_of_two_paths_missed_is_left_out_of_their_ratios()
    {
        BenchSample[] samples =
        [
            Tcp("udp", 1, 5), Tcp("vxlan", 1, null),
            Tcp("udp", 2, 3), Tcp("vxlan", 2, 4),
            Tcp("udp", 3, null), Tcp("vxlan", 3, 4),
        ];

        Assert.Equal(new Spread(4, 3, 5), Find(samples, "udp").Value);
        Assert.Equal(new Spread(0.75, 0.75, 0.75), Find(samples, "udp").OfVxlan);
    }

    [Fact]
    public void A_path_is_not_compared_with_itself_or_with_one_that_was_not_measured()
    {
        BenchSummary vxlan = Find([Tcp("vxlan", 1, 5)], "vxlan");

        Assert.Null(vxlan.OfVxlan);
        Assert.Null(vxlan.OfDirect);
    }

    [Fact]
    public void A_path_without_a_value_has_no_summary() => Assert.Empty(BenchSummary.Of([Tcp("udp", 1, null)]));

    [Fact]
    public void Pings_are_also_told_apart_by_their_difference()
    {
        BenchSummary udp = Find(
            [
                new("direct", BenchMetric.Ping, 1, 40), new("udp", BenchMetric.Ping, 1, 90),
                new("direct", BenchMetric.Ping, 2, 60), new("udp", BenchMetric.Ping, 2, 120),
            ],
            "udp");

        Assert.Equal(new Spread(55, 50, 60), udp.OverDirect);
        Assert.Equal("us", udp.Unit);
        Assert.Null(Find([Tcp("direct", 1, 1), Tcp("udp", 1, 1)], "udp").OverDirect);
    }

    [Fact]
    public void The_details_are_summarised_too()
    {
        BenchSummary udp = Find(
            [
                Tcp("udp", 1, 1) with { Retransmits = 4, CpuSecondsPerGigabyte = 1.5 },
                Tcp("udp", 2, 1) with { Retransmits = 6, CpuSecondsPerGigabyte = 2.5 },
            ],
            "udp");

        Assert.Equal(new Spread(5, 4, 6), udp.Retransmits);
        Assert.Equal(new Spread(2, 1.5, 2.5), udp.CpuSecondsPerGigabyte);
        Assert.Null(udp.Offered);
    }

    private static BenchSample Tcp(string path, int round, double? value) => new(path, BenchMetric.Tcp1, round, value);

    private static BenchSummary Find(BenchSample[] samples, string path) =>
        Assert.Single(BenchSummary.Of(samples), summary => summary.Path == path);
}

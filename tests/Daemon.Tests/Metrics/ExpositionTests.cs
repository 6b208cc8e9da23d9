namespace FastFlannel.Daemon.Tests;

public class ExpositionTests
{
    [Fact]
    public void A_metric_is_these_lines()
    {
        var text = new Exposition();
        text.Counter(
            "a_total",
            "Back\\slash, \"quotes\" and\na line.",
            new Sample(12, ("way", "out"), ("text", "q\"b\\n\nx")),
            new Sample(1.5));
        text.Gauge("b", "B.", Sample.Of(true), new Sample(1e20));
        Assert.Equal(
            """
            # HELP a_total Back\\slash, "quotes" and\na line.
            # TYPE a_total counter
            a_total{way="out",text="q\"b\\n\nx"} 12
            a_total 1.5
            # HELP b B.
            # TYPE b gauge
            b 1
            b 1E+20

            """,
            text.ToString());
    }

    [Fact]
    public void A_metric_without_samples_is_left_out()
    {
        var text = new Exposition();
        text.Gauge("a", "A.");
        Assert.Equal("", text.ToString());
    }

    [Fact]
    public void Before_anything_is_known_there_is_still_a_text()
    {
        string text = NodeMetrics.Write(new Control.NodeStatus(), isReady: false, "1.2.3");
        Assert.Contains("fastflannel_build_info{version=\"1.2.3\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("fastflannel_ready 0\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("fastflannel_peers", text, StringComparison.Ordinal);
    }
}

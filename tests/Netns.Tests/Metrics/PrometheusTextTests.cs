namespace FastFlannel.Netns.Tests;

public class PrometheusTextTests
{
    [Fact]
    public void Values_are_found_under_their_names_and_labels()
    {
        var text = PrometheusText.Parse("# HELP a_total It is.\n# TYPE a_total counter\na_total{x=\"1\",y=\"q\\\"\\\\\\n\"} 12\na_total 1.5E+20\n");
        Assert.Equal(12, text.Samples["a_total{x=\"1\",y=\"q\\\"\\\\\\n\"}"]);
        Assert.Equal(1.5e20, text.Samples["a_total"]);
    }

    [Theory]
    [InlineData("# HELP a A.\n# TYPE a gauge\na 1")]
    [InlineData("# HELP a A.\n# TYPE a gauge\na 1\n\n")]
    [InlineData("# TYPE a gauge\na 1\n")]
    [InlineData("# HELP a A.\na 1\n")]
    [InlineData("# HELP a A.\n# TYPE a counter\na 1\n")]
    [InlineData("# HELP a A.\n# TYPE a gauge\n")]
    [InlineData("# HELP a A.\n# TYPE a gauge\nb 1\n")]
    [InlineData("# HELP a A.\n# TYPE a gauge\na 1\na 2\n")]
    [InlineData("# HELP a A.\n# TYPE a gauge\na{x=\"1\",x=\"2\"} 1\n")]
    [InlineData("# HELP a A.\n# TYPE a gauge\na{x=\"1\"1\"} 1\n")]
    [InlineData("# HELP a A.\n# TYPE a gauge\na 1,5\n")]
    public void Whatever_a_reader_might_not_take_throws(string text) =>
        Assert.Throws<FormatException>(() => PrometheusText.Parse(text));
}

namespace FastFlannel.Lab.Tests;

public class BenchArgumentsTests
{
    [Fact]
    public void Metrics_keep_their_order() =>
        Assert.Equal([BenchMetric.Ping, BenchMetric.Tcp1], BenchArguments.ReadMetrics("ping, tcp1"));

    [Fact]
    public void Paths_keep_their_order() => Assert.Equal(["udp", "direct"], BenchArguments.ReadPaths("udp,direct"));

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("tcp")]
    [InlineData("Tcp1")]
    [InlineData("tcp1,tcp1")]
    public void Other_metrics_are_refused_with_what_was_expected(string list)
    {
        LabException error = Assert.Throws<LabException>(() => BenchArguments.ReadMetrics(list));

        Assert.Equal($"--metrics {list}: expected some of tcp1,tcp4,udp64,ping, each once", error.Message);
    }

    [Theory]
    [InlineData("{}", """{"Type":"udp"}""")]
    [InlineData("""{"Queues":2,"Offloads":{"tso":false}}""", """{"Type":"udp","Queues":2,"Offloads":{"tso":false}}""")]
    [InlineData("""{"Port":8285,"type":"udp"}""", """{"Type":"udp","Port":8285}""")]
    public void Fields_are_merged_into_a_udp_backend(string fields, string backend) =>
        Assert.Equal(backend, BenchArguments.MergeBackend("--backend-json", fields));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("2")]
    [InlineData("null")]
    [InlineData("""{"Type":"vxlan"}""")]
    [InlineData("""{"Type":null}""")]
    public void What_is_no_udp_backend_is_refused(string fields)
    {
        LabException error = Assert.Throws<LabException>(() => BenchArguments.MergeBackend("--backend-json", fields));

        Assert.StartsWith("--backend-json", error.Message, StringComparison.Ordinal);
        Assert.Contains("expected", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Variants_are_joined_by_name_in_the_order_they_are_met()
    {
        string file = typeof(BenchArgumentsTests).Assembly.Location;

        Assert.Equal(
            [
                new BenchVariant("two", """{"Queues":2}""", null),
                new BenchVariant("both", "{}", file),
                new BenchVariant("old", null, file),
            ],
            BenchArguments.ReadVariants(["""two={"Queues":2}""", "both={}"], [$"old={file}", $"both={file}"]));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("={}")]
    [InlineData("udp={}")]
    [InlineData("vxlan={}")]
    [InlineData("a b={}")]
    [InlineData("thirteen-long={}")]
    [InlineData("a=2")]
    public void A_variant_needs_a_name_of_its_own_and_a_backend(string argument) =>
        Assert.Contains("expected", Refused([argument], []), StringComparison.Ordinal);

    [Fact]
    public void A_variant_is_named_once_an_option() => Assert.Equal(
        "--compare names a twice: expected each name once", Refused(["a={}", "a={}"], []));

    [Fact]
    public void A_binary_that_is_not_there_is_refused() => Assert.Equal(
        "--compare-binary a: there is no file '/nowhere'; expected a daemon's binary", Refused([], ["a=/nowhere"]));

    [Fact]
    public void More_variants_than_the_tables_take_are_refused() => Assert.Equal(
        "5 variants to compare: expected at most 4", Refused(["a={}", "b={}", "c={}", "d={}", "e={}"], []));

    private static string Refused(string[] backends, string[] binaries) =>
        Assert.Throws<LabException>(() => BenchArguments.ReadVariants(backends, binaries)).Message;
}

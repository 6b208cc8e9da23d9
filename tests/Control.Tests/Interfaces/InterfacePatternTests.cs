namespace FastFlannel.Control.Tests;

public class InterfacePatternTests
{
    [Theory]
    [InlineData(@"^10\.5\.", "10.5.0.1", true)]
    [InlineData(@"^10\.5\.", "110.5.0.1", false)]
    [InlineData("th1", "eth1", true)]
    [InlineData("(?P<kind>eth|ens)[[:digit:]]+$", "ens33", true)]
    [InlineData("^[[:alpha:]_]+$", "eth0", false)]
    [InlineData("(?i)ETH", "eth0", true)]
    public void Is_found_anywhere_unless_anchored_in_Gos_syntax(string pattern, string text, bool isFound) =>
        Assert.Equal(isFound, InterfacePattern.Compile(pattern).IsIn(text));

    [Theory]
    [InlineData("eth[0-9")]
    [InlineData("(eth")]
    [InlineData("*")]
    [InlineData("eth(?=0)")]
    [InlineData(@"(e)\1")]
    [InlineData("[[:punct:]]")]
    [InlineData("[[:^digit:]]")]
    public void Refuses_what_is_no_expression_and_what_Go_does_not_have(string pattern) => Assert.StartsWith(
        $"could not compile the IP address regex --iface-regex={pattern}: ",
        Assert.Throws<FatalException>(() => InterfacePattern.Compile(pattern)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_pattern_that_makes_backtracking_engines_hang_is_answered() =>
        Assert.False(InterfacePattern.Compile("^(a+)+$").IsIn(new string('a', 5000) + "!"));
}

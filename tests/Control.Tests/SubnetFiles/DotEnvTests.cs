namespace FastFlannel.Control.Tests;

public class DotEnvTests
{
    [Theory]
    [InlineData("A=b", "b")]
    [InlineData("  export A = b  ", "b")]
    [InlineData("export\tA=b", "b")]
    [InlineData("A=\"b c\" # comment", "b c")]
    [InlineData("A='b # c'", "b # c")]
    [InlineData("A='b\\n'", "b\\n")]
    [InlineData("A=\"b\\n\\\"c\\\\\"", "b\n\"c\\")]
    [InlineData("A=b # comment", "b")]
    [InlineData("A=b#c", "b#c")]
    [InlineData("A=# comment", "")]
    [InlineData("A=", "")]
    [InlineData("A=b=c", "b=c")]
    [InlineData("# A=x\r\n\r\nA=b\r\n", "b")]
    [InlineData("A=x\nA=b", "b")]
    [InlineData("\uFEFFA=b", "b")]
    public void A_value_is_read(string text, string value)
    {
        List<string> warnings = [];

        Assert.Equal(value, DotEnv.Parse(text, warnings)["A"]);
        Assert.Empty(warnings);
    }

    [Theory]
    [InlineData("A", "line 1 is not NAME=value and is skipped")]
    [InlineData("\n=b", "line 2 is not NAME=value and is skipped")]
    [InlineData("A B=c", "line 1 is not NAME=value and is skipped")]
    [InlineData("A='b", "line 1: the quotes around A are not closed and it is skipped")]
    [InlineData("A=\"b\\", "line 1: the quotes around A are not closed and it is skipped")]
    public void Another_line_is_skipped_with_a_warning(string text, string warning)
    {
        List<string> warnings = [];

        Assert.Empty(DotEnv.Parse(text, warnings));
        Assert.Equal(warning, Assert.Single(warnings));
    }

    [Fact]
    public void A_name_that_only_starts_with_export_is_a_name() => Assert.Equal("b", DotEnv.Parse("exported=b", [])["exported"]);
}

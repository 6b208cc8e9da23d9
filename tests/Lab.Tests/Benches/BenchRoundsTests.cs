namespace FastFlannel.Lab.Tests;

public class BenchRoundsTests
{
    [Theory]
    [InlineData(1, "abc")]
    [InlineData(2, "bca")]
    [InlineData(3, "cab")]
    [InlineData(4, "abc")]
    public void Each_round_begins_with_another_path(int round, string order) =>
        Assert.Equal(order, string.Concat(BenchRounds.Turns(['a', 'b', 'c'], round)));
}

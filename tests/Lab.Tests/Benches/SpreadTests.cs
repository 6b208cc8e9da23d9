using CsCheck;

namespace FastFlannel.Lab.Tests;

public class SpreadTests
{
    [Fact]
    public void Nothing_has_no_spread() => Assert.Null(Spread.Of([]));

    [Fact]
    public void One_value_is_all_three() => Assert.Equal(new Spread(7, 7, 7), Spread.Of([7]));

    [Fact]
    public void The_median_of_an_odd_number_is_the_middle_one() => Assert.Equal(new Spread(3, 1, 100), Spread.Of([100, 1, 3]));

    [Fact]
    public void The_median_of_an_even_number_is_between_the_middle_two() =>
        Assert.Equal(new Spread(2.5, 1, 100), Spread.Of([100, 2, 1, 3]));

    [Fact]
    public void At_least_half_of_the_values_are_on_either_side_of_the_median() =>
        Gen.Double[-1e6, 1e6].Array[1, 60].Sample(values =>
        {
            Spread spread = Spread.Of(values)!;
            Assert.True(values.Count(value => value <= spread.Median) * 2 >= values.Length);
            Assert.True(values.Count(value => value >= spread.Median) * 2 >= values.Length);
            Assert.Equal(values.Min(), spread.Min);
            Assert.Equal(values.Max(), spread.Max);
        });
}

using System.Globalization;
using CsCheck;

namespace FastFlannel.Daemon.Tests;

public class GoValuesTests
{
    [Theory]
    [InlineData("1 t T TRUE true True", true)]
    [InlineData("0 f F FALSE false False", false)]
    public void Booleans_are_gos(string texts, bool expected) => Assert.All(texts.Split(' '), text =>
    {
        Assert.True(GoValues.TryParseBoolean(text, out bool value));
        Assert.Equal(expected, value);
    });

    [Theory]
    [InlineData("")]
    [InlineData("yes")]
    [InlineData("tRUE")]
    [InlineData(" true")]
    public void Other_words_are_no_booleans(string text) => Assert.False(GoValues.TryParseBoolean(text, out _));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("00", 0)]
    [InlineData("60", 60)]
    [InlineData("+60", 60)]
    [InlineData("-60", -60)]
    [InlineData("0x1F", 31)]
    [InlineData("-0X1f", -31)]
    [InlineData("0b101", 5)]
    [InlineData("0o17", 15)]
    [InlineData("017", 15)]
    [InlineData("2147483647", int.MaxValue)]
    [InlineData("-2147483648", int.MinValue)]
    public void Numbers_are_gos(string text, int expected)
    {
        Assert.True(GoValues.TryParseInt32(text, out int value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("+-1")]
    [InlineData(" 1")]
    [InlineData("1.0")]
    [InlineData("0x")]
    [InlineData("08")]
    [InlineData("0b2")]
    [InlineData("1e3")]
    [InlineData("2147483648")]
    [InlineData("-2147483649")]
    [InlineData("99999999999999999999999999")]
    public void Other_texts_are_no_numbers(string text) => Assert.False(GoValues.TryParseInt32(text, out _));

    [Fact]
    public void Any_number_is_read_in_decimal_and_hexadecimal() => Gen.Int.Sample(number =>
    {
        long magnitude = Math.Abs((long)number);
        string sign = number < 0 ? "-" : "";
        Assert.True(GoValues.TryParseInt32(number.ToString(CultureInfo.InvariantCulture), out int fromDecimal));
        Assert.True(GoValues.TryParseInt32($"{sign}0x{magnitude:X}", out int fromHexadecimal));
        Assert.Equal((number, number), (fromDecimal, fromHexadecimal));
    });

    [Fact]
    public void Rubbish_never_throws() => Gen.String.Sample(text =>
        (!GoValues.TryParseInt32(text, out _) || text.Any(char.IsAsciiHexDigit))
        && (!GoValues.TryParseBoolean(text, out _) || text.Length <= 5));
}

using System.Net;
using CsCheck;

namespace FastFlannel.Native.Tests;

public class Ipv4AddressTests
{
    [Theory]
    [InlineData("0.0.0.0", 0u)]
    [InlineData("10.5.0.1", 0x0A050001u)]
    [InlineData("255.255.255.255", 0xFFFFFFFFu)]
    public void Reads_dotted_decimal(string text, uint value)
    {
        Assert.True(Ipv4Address.TryParse(text, out Ipv4Address address));
        Assert.Equal(value, address.Value);
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("10.5.0.1\0")]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("10.5.0")]
    [InlineData("10.5.0.1.2")]
    [InlineData("10.5.0.")]
    [InlineData(".10.5.0")]
    [InlineData("10..5.0")]
    [InlineData("10.5.0.256")]
    [InlineData("10.5.0.-1")]
    [InlineData("10.5.0.+1")]
    [InlineData("10.5.0.01")]
    [InlineData("10.5.0.0x1")]
    [InlineData(" 10.5.0.1")]
    [InlineData("10.5.0.1 ")]
    [InlineData("10.5.0.1\n")]
    [InlineData("10.5.0.1/24")]
    [InlineData("::1")]
    [InlineData("٣.1.1.1")]
    public void Refuses_anything_else(string text)
    {
        Assert.False(Ipv4Address.TryParse(text, out Ipv4Address address));
        Assert.Equal(Ipv4Address.Any, address);
        FormatException error = Assert.Throws<FormatException>(() => Ipv4Address.Parse(text));
        Assert.StartsWith($"'{text}' is not an IPv4 address", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_round_trips_and_agrees_with_the_class_library() =>
        Gen.UInt.Sample(value =>
        {
            var address = new Ipv4Address(value);
            return Ipv4Address.Parse(address.ToString()) == address
                && Ipv4Address.From(address.ToIPAddress()) == address
                && address.ToIPAddress().ToString() == address.ToString();
        });

    [Fact]
    public void Cannot_be_made_of_an_IPv6_address() =>
        Assert.Throws<ArgumentException>(() => Ipv4Address.From(IPAddress.IPv6Loopback));

    [Fact]
    public void Any_text_is_read_or_refused_but_never_throws() =>
        Gen.String[Gen.Char["0123456789./:x "], 0, 20].Sample(text =>
        {
            if (Ipv4Address.TryParse(text, out Ipv4Address address))
                Assert.Equal(text, address.ToString());
        });

    [Fact]
    public void Orders_by_number()
    {
        var low = Ipv4Address.Parse("9.255.255.255");
        var high = Ipv4Address.Parse("10.0.0.0");
        Assert.True(low < high && high > low && low <= high && high >= low);
        Assert.Equal(-1, low.CompareTo(high));
    }
}

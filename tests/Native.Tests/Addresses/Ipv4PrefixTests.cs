using CsCheck;

namespace FastFlannel.Native.Tests;

public class Ipv4PrefixTests
{
    private static readonly Gen<Ipv4Prefix> AnyPrefix =
        Gen.Select(Gen.UInt, Gen.Int[0, 32], (value, length) => new Ipv4Prefix(new Ipv4Address(value), length));

    [Theory]
    [InlineData("10.5.0.0/16", "10.5.0.0", "10.5.255.255", 0xFFFF0000u)]
    [InlineData("10.5.7.9/24", "10.5.7.0", "10.5.7.255", 0xFFFFFF00u)]
    [InlineData("10.5.7.9/32", "10.5.7.9", "10.5.7.9", 0xFFFFFFFFu)]
    [InlineData("10.5.7.9/31", "10.5.7.8", "10.5.7.9", 0xFFFFFFFEu)]
    [InlineData("10.5.7.9/0", "0.0.0.0", "255.255.255.255", 0u)]
    public void Masks_host_bits_off(string text, string first, string last, uint mask)
    {
        var prefix = Ipv4Prefix.Parse(text);
        Assert.Equal(first, prefix.Network.ToString());
        Assert.Equal(last, prefix.Last.ToString());
        Assert.Equal(mask, prefix.Mask);
    }

    [Theory]
    [InlineData("10.5.0.0/16\0")]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("10.5.0.0")]
    [InlineData("10.5.0.0/")]
    [InlineData("10.5.0.0/33")]
    [InlineData("10.5.0.0/-1")]
    [InlineData("10.5.0.0/+1")]
    [InlineData("10.5.0.0/ 8")]
    [InlineData("10.5.0.0/8/8")]
    [InlineData("10.5.0/16")]
    [InlineData("10.5.0.0/99999999999999")]
    [InlineData("fc00::/7")]
    public void Refuses_what_is_no_network(string text)
    {
        Assert.False(Ipv4Prefix.TryParse(text, out _));
        FormatException error = Assert.Throws<FormatException>(() => Ipv4Prefix.Parse(text));
        Assert.StartsWith($"'{text}' is not an IPv4 network", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(33)]
    public void Refuses_impossible_lengths(int length) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Ipv4Prefix(Ipv4Address.Any, length));

    [Theory]
    [InlineData("10.5.0.0/16", "10.5.3.0/24", true)]
    [InlineData("10.5.0.0/16", "10.5.0.0/16", true)]
    [InlineData("10.5.0.0/16", "10.6.0.0/16", false)]
    [InlineData("10.5.0.0/16", "10.4.0.0/15", true)]
    [InlineData("0.0.0.0/0", "10.6.0.0/32", true)]
    public void Knows_what_overlaps(string left, string right, bool expected)
    {
        Assert.Equal(expected, Ipv4Prefix.Parse(left).Overlaps(Ipv4Prefix.Parse(right)));
        Assert.Equal(expected, Ipv4Prefix.Parse(right).Overlaps(Ipv4Prefix.Parse(left)));
    }

    [Fact]
    public void Text_round_trips() => AnyPrefix.Sample(prefix => Ipv4Prefix.Parse(prefix.ToString()) == prefix);

    [Fact]
    public void Contains_exactly_what_lies_between_first_and_last() =>
        Gen.Select(AnyPrefix, Gen.UInt).Sample((prefix, value) =>
        {
            var address = new Ipv4Address(value);
            return prefix.Contains(address) == (address >= prefix.Network && address <= prefix.Last)
                && prefix.Contains(prefix.Network)
                && prefix.Contains(prefix.Last);
        });

    [Fact]
    public void Overlaps_exactly_when_the_ranges_do() =>
        Gen.Select(AnyPrefix, AnyPrefix).Sample((left, right) =>
            left.Overlaps(right) == (left.Network <= right.Last && right.Network <= left.Last));
}

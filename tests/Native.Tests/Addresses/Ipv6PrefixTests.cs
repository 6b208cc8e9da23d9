using CsCheck;

namespace FastFlannel.Native.Tests;

public class Ipv6PrefixTests
{
    private static readonly Gen<Ipv6Prefix> AnyPrefix = Gen.Select(
        Gen.ULong,
        Gen.ULong,
        Gen.Int[0, 128],
        (high, low, length) => new Ipv6Prefix(new Ipv6Address(new UInt128(high, low)), length));

    [Theory]
    [InlineData("fc00::/48", "fc00::", "fc00::ffff:ffff:ffff:ffff:ffff")]
    [InlineData("fc00::1:2:3/64", "fc00::", "fc00::ffff:ffff:ffff:ffff")]
    [InlineData("fc00::1/128", "fc00::1", "fc00::1")]
    [InlineData("fc00::1/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void Masks_host_bits_off(string text, string first, string last)
    {
        var prefix = Ipv6Prefix.Parse(text);
        Assert.Equal(first, prefix.Network.ToString());
        Assert.Equal(last, prefix.Last.ToString());
    }

    [Theory]
    [InlineData("fc00::/64\0")]
    [InlineData("")]
    [InlineData("fc00::")]
    [InlineData("fc00::/")]
    [InlineData("fc00::/129")]
    [InlineData("fc00::/-1")]
    [InlineData("fc00::/64/64")]
    [InlineData("10.5.0.0/16")]
    public void Refuses_what_is_no_network(string text)
    {
        Assert.False(Ipv6Prefix.TryParse(text, out _));
        FormatException error = Assert.Throws<FormatException>(() => Ipv6Prefix.Parse(text));
        Assert.StartsWith($"'{text}' is not an IPv6 network", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(129)]
    public void Refuses_impossible_lengths(int length) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Ipv6Prefix(default, length));

    [Fact]
    public void Text_round_trips() => AnyPrefix.Sample(prefix => Ipv6Prefix.Parse(prefix.ToString()) == prefix);

    [Fact]
    public void Contains_its_first_and_last_and_not_their_neighbours() =>
        AnyPrefix.Sample(prefix =>
            prefix.Contains(prefix.Network)
            && prefix.Contains(prefix.Last)
            && (prefix.Length == 0 || !prefix.Contains(new Ipv6Address(prefix.Last.Value + 1))));

    [Fact]
    public void Overlaps_exactly_when_the_ranges_do() =>
        Gen.Select(AnyPrefix, AnyPrefix).Sample((left, right) =>
            left.Overlaps(right) == (left.Network <= right.Last && right.Network <= left.Last));
}

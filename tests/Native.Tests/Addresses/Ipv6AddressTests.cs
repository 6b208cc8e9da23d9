using CsCheck;

namespace FastFlannel.Native.Tests;

public class Ipv6AddressTests
{
    [Theory]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("FC00:0:0:1:0:0:0:0", "fc00:0:0:1::")]
    [InlineData("2001:db8::8:800:200c:417a", "2001:db8::8:800:200c:417a")]
    [InlineData("1:0:0:2:0:0:0:3", "1:0:0:2::3")]
    [InlineData("1:0:0:2:3:0:0:4", "1::2:3:0:0:4")]
    [InlineData("0:1:0:2:0:3:0:4", "0:1:0:2:0:3:0:4")]
    [InlineData("::ffff:10.5.0.1", "::ffff:a05:1")]
    [InlineData("::10.5.0.1", "::a05:1")]
    [InlineData("fd00::5efe:10.5.0.1", "fd00::5efe:a05:1")]
    public void Reads_the_textual_forms(string text, string canonical) =>
        Assert.Equal(canonical, Ipv6Address.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("1")]
    [InlineData("10.5.0.1")]
    [InlineData("fc00::1::2")]
    [InlineData("20011::")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData(":12:13:")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("fe80::1%eth0")]
    [InlineData("fe80::1%2")]
    [InlineData("fc00::/64")]
    [InlineData("::1 ")]
    public void Refuses_anything_else(string text)
    {
        Assert.False(Ipv6Address.TryParse(text, out _));
        FormatException error = Assert.Throws<FormatException>(() => Ipv6Address.Parse(text));
        Assert.StartsWith($"'{text}' is not an IPv6 address", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_a_number_in_host_order()
    {
        Assert.Equal(UInt128.One, Ipv6Address.Parse("::1").Value);
        Assert.Equal(0xFC00, (int)(Ipv6Address.Parse("fc00::").Value >> 112));
    }

    [Fact]
    public void Text_round_trips() =>
        Gen.Select(Gen.ULong, Gen.ULong).Sample((high, low) =>
        {
            var address = new Ipv6Address(new UInt128(high, low));
            return Ipv6Address.Parse(address.ToString()) == address;
        });

    [Fact]
    public void Text_is_the_class_librarys_but_for_dots() =>
        Gen.Select(Gen.OneOf(Gen.Const((ushort)0), Gen.UShort).Array[8], groups =>
        {
            var address = new Ipv6Address(groups.Aggregate(UInt128.Zero, (all, group) => (all << 16) | group));
            return (Own: address.ToString(), Theirs: address.ToIPAddress().ToString());
        }).Sample(text => text.Theirs.Contains('.', StringComparison.Ordinal) || text.Own == text.Theirs);

    [Fact]
    public void Any_text_is_read_or_refused_but_never_throws() =>
        Gen.String[Gen.Char["0123456789abcdef.:/%[] "], 0, 45].Sample(text => { _ = Ipv6Address.TryParse(text, out _); });

    [Fact]
    public void Orders_by_number()
    {
        var low = Ipv6Address.Parse("::ffff");
        var high = Ipv6Address.Parse("fc00::");
        Assert.True(low < high && high > low && low <= high && high >= low);
    }
}

using CsCheck;

namespace FastFlannel.Native.Tests;

public class MacAddressTests
{
    private static readonly Gen<MacAddress> AnyAddress = Gen.ULong[0, 0xFFFF_FFFF_FFFF].Select(value => new MacAddress(value));

    [Theory]
    [InlineData("26:48:39:7b:59:17", 0x2648397B5917)]
    [InlineData("26:48:39:7B:59:17", 0x2648397B5917)]
    [InlineData("00:00:00:00:00:00", 0)]
    [InlineData("ff:ff:ff:ff:ff:ff", 0xFFFFFFFFFFFF)]
    public void Reads_six_numbers(string text, ulong value) => Assert.Equal(new MacAddress(value), MacAddress.Parse(text));

    [Theory]
    [InlineData("26:48:39:7b:59:1\0")]
    [InlineData("")]
    [InlineData("26:48:39:7b:59")]
    [InlineData("26:48:39:7b:59:17:01")]
    [InlineData("26:48:39:7b:59:1")]
    [InlineData("26:48:39:7b:59:117")]
    [InlineData("26:48:39:7b:59:g7")]
    [InlineData("26:48:39:7b:59: 7")]
    [InlineData("26-48-39-7b-59-17")]
    [InlineData("2648397b5917")]
    public void Refuses_what_is_no_address(string text)
    {
        Assert.False(MacAddress.TryParse(text, out _));
        FormatException error = Assert.Throws<FormatException>(() => MacAddress.Parse(text));
        Assert.Equal(
            $"'{text}' is not an Ethernet address (expected six hexadecimal numbers, like 26:48:39:7b:59:17)", error.Message);
    }

    [Fact]
    public void Text_is_as_flannel_writes_it() =>
        Assert.Equal("26:48:39:7b:59:17", new MacAddress(0x2648397B5917).ToString());

    [Fact]
    public void Text_and_bytes_round_trip() => AnyAddress.Sample(address =>
    {
        byte[] bytes = new byte[MacAddress.Size];
        address.CopyTo(bytes);
        Assert.Equal(address, MacAddress.From(bytes));
        Assert.Equal(address, MacAddress.Parse(address.ToString()));
        Assert.Equal(bytes, Convert.FromHexString(address.ToString().Replace(":", "", StringComparison.Ordinal)));
    });

    [Fact]
    public void Bytes_that_are_not_six_are_a_mistake()
    {
        _ = Assert.Throws<ArgumentException>(() => MacAddress.From(new byte[5]));
        _ = Assert.Throws<ArgumentException>(() => MacAddress.From(new byte[8]));
    }

    [Theory]
    [InlineData("00:11:22:33:44:55", "02:11:22:33:44:55")]
    [InlineData("ff:ff:ff:ff:ff:ff", "fe:ff:ff:ff:ff:ff")]
    [InlineData("26:48:39:7b:59:17", "26:48:39:7b:59:17")]
    public void Software_may_choose_local_addresses_of_one_receiver(string any, string chosen)
    {
        MacAddress address = MacAddress.Parse(any).AsLocalUnicast;
        Assert.Equal(chosen, address.ToString());
        Assert.False(address.IsGroup);
    }

    [Fact]
    public void Orders_by_number() => Gen.Select(AnyAddress, AnyAddress).Sample((left, right) =>
        left < right == left.Value < right.Value && left >= right == left.Value >= right.Value);
}

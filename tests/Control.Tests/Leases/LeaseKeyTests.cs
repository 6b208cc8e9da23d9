using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class LeaseKeyTests
{
    private const string Prefix = "/coreos.com/network";

    [Theory] // the first two are flannel's TestSubnetNodev4 and v6; the last two were seen in etcd
    [InlineData("10.12.13.0-24", "10.12.13.0/24", null)]
    [InlineData("10.12.13.0-24&fd00:12:13::-56", "10.12.13.0/24", "fd00:12:13::/56")]
    [InlineData("10.5.64.0-24", "10.5.64.0/24", null)]
    [InlineData("10.5.60.0-24&fd05:0:0:19::-64", "10.5.60.0/24", "fd05:0:0:19::/64")]
    public void Keys_are_flannels_both_ways(string name, string ipv4, string? ipv6)
    {
        var subnet = new Subnet(Ipv4Prefix.Parse(ipv4), ipv6 is null ? null : Ipv6Prefix.Parse(ipv6));

        Assert.Equal($"{Prefix}/subnets/{name}", LeaseKey.Format(Prefix, subnet));
        Assert.True(LeaseKey.TryParse($"{Prefix}/subnets/{name}", out Subnet parsed));
        Assert.Equal(subnet, parsed);
    }

    [Theory] // the first eleven are flannel's TestSubnetNodeInvalid
    [InlineData("10")]
    [InlineData("10.12.13.0")]
    [InlineData("10.12.13-24")]
    [InlineData("10.12.13.300-24")]
    [InlineData("10.12.13.0-24hi")]
    [InlineData("&2001::-56")]
    [InlineData("10.12.13.0-24&:12:13:-56")]
    [InlineData("10.12.13.0-24&20011::-56")]
    [InlineData("10.12.13.0-24&2001-56")]
    [InlineData("10.12.13.0-24&2001::")]
    [InlineData("10.12.13.0-24&2001::-56hi")]
    [InlineData("10.12.13.0-24\n")]
    [InlineData("10.12.13.0-32")]
    [InlineData("10.12.13.0-99999999999")]
    [InlineData("10.12.13.0-24&2001::-128")]
    [InlineData("10.12.13.0-24&FD00::-56")]
    [InlineData("010.12.13.0-24")]
    [InlineData("")]
    public void What_flannel_rejects_is_rejected(string name) =>
        Assert.False(LeaseKey.TryParse($"{Prefix}/subnets/{name}", out _));

    [Theory]
    [InlineData("10.12.13.0-24")]
    [InlineData("/elsewhere/10.12.13.0-24")]
    [InlineData("anything10.12.13.0-24")]
    [InlineData("/x/subnets/10.1.0.0-16/10.12.13.0-24")]
    public void Only_the_end_of_a_key_counts(string key)
    {
        Assert.True(LeaseKey.TryParse(key, out Subnet subnet));
        Assert.Equal(new Subnet(Ipv4Prefix.Parse("10.12.13.0/24")), subnet);
    }

    [Fact]
    public void Keys_round_trip() =>
        Gen.Select(Gen.UInt, Gen.Int[0, 31], Gen.ULong, Gen.ULong, Gen.Int[0, 127], Gen.Bool).Sample(drawn =>
        {
            (uint ipv4, int length, ulong high, ulong low, int ipv6Length, bool dualStack) = drawn;
            var ipv6 = new Ipv6Prefix(new Ipv6Address(new UInt128(high, low)), ipv6Length);
            var subnet = new Subnet(new Ipv4Prefix(new Ipv4Address(ipv4), length), dualStack && !IsMapped(ipv6) ? ipv6 : null);
            return LeaseKey.TryParse(LeaseKey.Format("/x", subnet), out Subnet parsed) && parsed == subnet;
        });

    [Fact]
    public void Rubbish_never_throws() => Gen.String.Sample(text => LeaseKey.TryParse(text, out _) || true);

    /// <summary>Addresses like ::ffff:10.0.0.1 are written with dots, which a key cannot hold.</summary>
    private static bool IsMapped(Ipv6Prefix prefix) => prefix.Network.ToString().Contains('.', StringComparison.Ordinal);
}

using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class SubnetTests
{
    [Theory]
    [InlineData("10.5.1.0/24", null, "10.5.1.0/24", null, true)]
    [InlineData("10.5.1.0/24", null, "10.5.0.0/16", null, true)]
    [InlineData("10.5.1.0/24", null, "10.5.2.0/24", null, false)]
    [InlineData("10.5.1.0/24", "fd00:0:0:1::/64", "10.5.2.0/24", "fd00:0:0:1::/64", true)]
    [InlineData("10.5.1.0/24", "fd00:0:0:1::/64", "10.5.2.0/24", "fd00::/56", true)]
    [InlineData("10.5.1.0/24", "fd00:0:0:1::/64", "10.5.2.0/24", "fd00:0:0:2::/64", false)]
    [InlineData("10.5.1.0/24", "fd00:0:0:1::/64", "10.5.2.0/24", null, false)]
    public void Two_overlap_when_they_share_an_address_of_either_family(
        string ipv4, string? ipv6, string otherIpv4, string? otherIpv6, bool overlap)
    {
        Subnet one = Of(ipv4, ipv6);
        Subnet other = Of(otherIpv4, otherIpv6);
        Assert.Equal((overlap, overlap), (one.Overlaps(other), other.Overlaps(one)));
    }

    private static Subnet Of(string ipv4, string? ipv6) =>
        new(Ipv4Prefix.Parse(ipv4), ipv6 is null ? null : Ipv6Prefix.Parse(ipv6));
}

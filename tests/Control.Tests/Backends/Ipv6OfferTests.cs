using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class Ipv6OfferTests
{
    [Theory]
    [InlineData(Ipv6Offer.Data)]
    [InlineData("""{"over":"ipv4"}""")]
    [InlineData("""{"Version":2,"Over":"IPv4"}""")]
    public void An_offer_is_read_with_whatever_else_a_later_release_says(string data) => Assert.True(IsMade(data));

    [Theory]
    [InlineData(null)]
    [InlineData("{}")]
    [InlineData("""{"Over":"IPv6"}""")]
    [InlineData("""{"Over":4}""")]
    [InlineData("\"IPv4\"")]
    [InlineData("""{"VNI":1,"VtepMAC":"26:48:39:7b:59:17"}""")]
    public void Anything_else_is_none(string? data) => Assert.False(IsMade(data));

    [Fact]
    public void An_offer_is_the_last_field_of_an_otherwise_equal_lease()
    {
        var lease = new LeaseAttributes { PublicIP = Ipv4Address.Parse("10.77.0.11"), BackendV6Data = Ipv6Offer.Data };
        Assert.Equal("""{"PublicIP":"10.77.0.11","PublicIPv6":null,"BackendV6Data":{"Over":"IPv4"}}""", lease.ToJson());
        Assert.True(Ipv6Offer.IsMadeBy(LeaseAttributes.Read(lease.ToJson()).Value!));
    }

    private static bool IsMade(string? data) =>
        Ipv6Offer.IsMadeBy(new LeaseAttributes { PublicIP = default, BackendV6Data = data });
}

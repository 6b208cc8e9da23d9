using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class TunnelOfferTests
{
    [Theory]
    [InlineData("{}", true)]
    [InlineData("""{"Subnet":true}""", true)]
    [InlineData("""{"subnet":false,"Later":1}""", false)]
    [InlineData("", true)]
    [InlineData("rubbish", true)]
    [InlineData("""{"Subnet":"no"}""", true)]
    public void It_is_read_and_what_says_nothing_offers_all(string value, bool takesSubnet) =>
        Assert.Equal(new TunnelOffer(takesSubnet), TunnelOffer.Read(value));

    [Theory]
    [InlineData(true, "10.5.7.0/24")]
    [InlineData(false, "10.5.7.0/32")]
    public void It_is_read_as_it_was_written_and_names_a_part_of_the_subnet(bool takesSubnet, string part)
    {
        var offer = new TunnelOffer(takesSubnet);
        Assert.Equal(offer, TunnelOffer.Read(offer.ToJson()));
        Assert.Equal(Ipv4Prefix.Parse(part), offer.PartOf(Ipv4Prefix.Parse("10.5.7.0/24")));
    }
}

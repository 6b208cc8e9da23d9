using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class VxlanLeaseDataTests
{
    private const string Golden = """{"VNI":1,"VtepMAC":"26:48:39:7b:59:17"}""";

    [Fact]
    public void It_is_written_and_read_as_flannel_has_it()
    {
        Assert.Equal(Golden, VxlanLeaseData.Write(1, MacAddress.Parse("26:48:39:7b:59:17")));
        Assert.Equal(MacAddress.Parse("26:48:39:7b:59:17"), VxlanLeaseData.ReadMac(Golden));
    }

    [Fact]
    public void A_VNI_beyond_16_bits_is_cut_so_that_flannel_can_read_the_rest() => Assert.Equal(
        """{"VNI":4464,"VtepMAC":"26:48:39:7b:59:17"}""", VxlanLeaseData.Write(70_000, MacAddress.Parse("26:48:39:7b:59:17")));

    [Theory]
    [InlineData(null)]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"VtepMAC":"26:48:39:7b:59"}""")]
    [InlineData("""{"VtepMAC":"00:00:00:00:00:00"}""")]
    [InlineData("""{"VtepMAC":"ff:ff:ff:ff:ff:ff"}""")]
    public void What_no_device_can_have_is_no_address(string? json) => Assert.Null(VxlanLeaseData.ReadMac(json));
}

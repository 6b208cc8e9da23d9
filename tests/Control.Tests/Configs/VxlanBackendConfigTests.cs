namespace FastFlannel.Control.Tests;

public class VxlanBackendConfigTests
{
    [Fact]
    public void Nothing_said_means_flannels_defaults() => Assert.Equal(
        new VxlanBackendConfig(1, 0, 0, HasGroupPolicy: false, IsLearning: false, DirectRouting: false),
        VxlanBackendConfig.Read("""{"Type":"vxlan"}""", isDualStack: false).Value);

    [Fact]
    public void Every_field_is_read_in_any_case() => Assert.Equal(
        new VxlanBackendConfig(42, 4789, 1400, HasGroupPolicy: true, IsLearning: true, DirectRouting: true),
        VxlanBackendConfig.Read(
            """{"type":"vxlan","vni":42,"port":4789,"mtu":1400,"gbp":true,"learning":true,"directRouting":true}""", false).Value);

    [Theory]
    [InlineData("""{"VNI":9999999}""", false, null)]
    [InlineData("""{"VNI":10000000}""", false, "VNI is 10000000, expected a number up to 9999999, since it ends the device's name")]
    [InlineData("""{"VNI":10000}""", true, "VNI is 10000, expected a number up to 9999, since it ends the device's name")]
    [InlineData("""{"Port":65536}""", false, "Port is 65536, expected a UDP port up to 65535, or 0 for the kernel's default")]
    [InlineData("""{"MTU":100}""", false, "MTU is 100, expected at least 118")]
    [InlineData("""{"MTU":"1400"}""", false, "MTU is \"1400\", expected the underlay's MTU, or 0 for the interface's")]
    [InlineData("""{"Learning":1}""", false, "Learning is 1, expected true or false")]
    public void What_no_device_can_have_is_a_problem(string json, bool isDualStack, string? problem) =>
        Assert.Equal(problem is null ? [] : [problem], VxlanBackendConfig.Read(json, isDualStack).Problems);
}

using CsCheck;

namespace FastFlannel.Control.Tests;

public class UdpBackendConfigTests
{
    [Theory]
    [InlineData("{}", 8285)]
    [InlineData("""{"Type":"udp"}""", 8285)]
    [InlineData("""{"Type":"udp","Port":8286}""", 8286)]
    [InlineData("""{"port":65535,"VNI":"ignored"}""", 65535)]
    [InlineData("""{"Port":1}""", 1)]
    [InlineData("""{"Port":null}""", 8285)]
    public void The_port_is_read_or_flannels(string json, int port) =>
        Assert.Equal(new UdpBackendConfig(port), UdpBackendConfig.Read(json).Value);

    [Theory]
    [InlineData("""{"Port":0}""", "Port is 0, expected a UDP port from 1 to 65535")]
    [InlineData("""{"Port":65536}""", "Port is 65536, expected a UDP port from 1 to 65535")]
    [InlineData("""{"Port":-1}""", "Port is -1, expected a UDP port from 1 to 65535")]
    [InlineData("""{"Port":"8285"}""", "Port is \"8285\", expected a UDP port from 1 to 65535")]
    [InlineData("[]", "Backend is [], expected a JSON object")]
    public void A_bad_port_is_named_with_its_value(string json, string problem) =>
        Assert.Equal(problem, Assert.Single(UdpBackendConfig.Read(json).Problems));

    [Fact]
    public void Rubbish_never_throws() => Gen.String.Sample(text => UdpBackendConfig.Read(text) is not null);
}

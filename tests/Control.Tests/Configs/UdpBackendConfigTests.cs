using CsCheck;
using FastFlannel.Router;

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
        Assert.Equal(new UdpBackendConfig(port, 0, Offloads.All, PeerCheck.On, PeerNat: false), UdpBackendConfig.Read(json).Value);

    [Theory]
    [InlineData("""{"Port":0}""", "Port is 0, expected a UDP port from 1 to 65535")]
    [InlineData("""{"Port":65536}""", "Port is 65536, expected a UDP port from 1 to 65535")]
    [InlineData("""{"Port":-1}""", "Port is -1, expected a UDP port from 1 to 65535")]
    [InlineData("""{"Port":"8285"}""", "Port is \"8285\", expected a UDP port from 1 to 65535")]
    [InlineData("[]", "Backend is [], expected a JSON object")]
    public void A_bad_port_is_named_with_its_value(string json, string problem) =>
        Assert.Equal(problem, Assert.Single(UdpBackendConfig.Read(json).Problems));

    [Theory]
    [InlineData("{}", 0)]
    [InlineData("""{"Queues":0}""", 0)]
    [InlineData("""{"queues":4}""", 4)]
    [InlineData("""{"Queues":64}""", 64)]
    public void The_number_of_queues_is_read_or_left_to_the_host(string json, int queues) =>
        Assert.Equal(queues, UdpBackendConfig.Read(json).Value?.Queues);

    [Theory]
    [InlineData("{}", PeerCheck.On)]
    [InlineData("""{"PeerCheck":null}""", PeerCheck.On)]
    [InlineData("""{"PeerCheck":true}""", PeerCheck.On)]
    [InlineData("""{"peercheck":"on"}""", PeerCheck.On)]
    [InlineData("""{"PeerCheck":"Strict"}""", PeerCheck.Strict)]
    [InlineData("""{"PeerCheck":"off"}""", PeerCheck.Off)]
    [InlineData("""{"PeerCheck":false}""", PeerCheck.Off)]
    public void How_much_is_asked_of_peers_datagrams_is_read(string json, PeerCheck check) =>
        Assert.Equal(check, UdpBackendConfig.Read(json).Value?.PeerCheck);

    [Theory]
    [InlineData("""{"PeerCheck":"yes"}""", "PeerCheck is \"yes\", expected \"on\", \"off\" or \"strict\"")]
    [InlineData("""{"PeerCheck":1}""", "PeerCheck is 1, expected \"on\", \"off\" or \"strict\"")]
    [InlineData("""{"PeerNAT":"on"}""", "PeerNAT is \"on\", expected true or false")]
    public void A_bad_check_of_peers_is_named_with_its_value(string json, string problem) =>
        Assert.Equal(problem, Assert.Single(UdpBackendConfig.Read(json).Problems));

    [Fact]
    public void Peers_behind_a_nat_are_a_switch() =>
        Assert.True(UdpBackendConfig.Read("""{"peerNat":true}""").Value?.PeerNat);

    [Fact]
    public void Offloads_are_all_on_until_they_are_switched_off_together_or_one_by_one()
    {
        AssertOffloads(Offloads.All, "{}");
        AssertOffloads(Offloads.All, """{"Offloads":true}""");
        AssertOffloads(Offloads.None, """{"Offloads":false}""");
        AssertOffloads(Offloads.All, """{"Offloads":{}}""");
        AssertOffloads(new Offloads(Tso: false), """{"Offloads":{"TSO":false}}""");
        AssertOffloads(new Offloads(Uso: false, Gso: false), """{"Offloads":{"uso":false,"gso":false,"gro":true}}""");
        AssertOffloads(new Offloads(Gro: false), """{"Offloads":{"gro":false}}""");
        AssertOffloads(
            new Offloads(TcpCoalescing: false, UdpCoalescing: false),
            """{"Offloads":{"tcpCoalescing":false,"UdpCoalescing":false}}""");

        static void AssertOffloads(Offloads expected, string json) =>
            Assert.Equal(expected, UdpBackendConfig.Read(json).Value?.Offloads);
    }

    [Theory]
    [InlineData("""{"Queues":65}""", "Queues is 65, expected a number from 1 to 64, or 0 to choose by the processors")]
    [InlineData("""{"Queues":"2"}""", "Queues is \"2\", expected a number from 1 to 64, or 0 to choose by the processors")]
    [InlineData("""{"Offloads":1}""", "Offloads is 1, expected true, false or an object such as {\"Gso\": false}")]
    [InlineData("""{"Offloads":{"Gso":"no"}}""", "Gso is \"no\", expected true or false")]
    public void A_bad_number_of_queues_or_offload_is_named_with_its_value(string json, string problem) =>
        Assert.Equal(problem, Assert.Single(UdpBackendConfig.Read(json).Problems));

    [Fact]
    public void Rubbish_never_throws() => Gen.String.Sample(text => UdpBackendConfig.Read(text) is not null);
}

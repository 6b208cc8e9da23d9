namespace FastFlannel.Control.Tests;

public class ConfigCheckTests
{
    [Fact]
    public void Problems_of_network_and_backend_come_at_once()
    {
        var check = ConfigCheck.Of("""{"Network":"10.5.0.0/33","SubnetMin":7,"Backend":{"Type":"udp","Port":0,"Queues":65}}""");

        Assert.Null(check.Config);
        Assert.Null(check.Summary);
        Assert.Collection(
            check.Problems,
            problem => Assert.Contains("Network is \"10.5.0.0/33\", expected", problem, StringComparison.Ordinal),
            problem => Assert.Equal("SubnetMin is 7, expected an IPv4 address like 10.5.1.0", problem),
            problem => Assert.Equal("Backend: Port is 0, expected a UDP port from 1 to 65535", problem),
            problem => Assert.StartsWith("Backend: Queues is 65, expected", problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("alloc")]
    [InlineData("extension")]
    [InlineData("host-gw")]
    [InlineData("ipip")]
    [InlineData("ipsec")]
    [InlineData("tencent-vpc")]
    [InlineData("udp")]
    [InlineData("vxlan")]
    [InlineData("VXLAN")]
    [InlineData("wireguard")]
    public void Every_backend_that_flannel_has_is_taken(string type)
    {
        var check = ConfigCheck.Of($$$"""{"Network":"10.5.0.0/16","Backend":{"Type":"{{{type}}}"}}""");

        Assert.Empty(check.Problems);
        Assert.Equal(type.ToLowerInvariant(), check.Summary?.Backend);
        Assert.All(check.Warnings, warning => Assert.Contains("not in this release", warning, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("alloc", false)]
    [InlineData("host-gw", false)]
    [InlineData("udp", false)]
    [InlineData("vxlan", false)]
    [InlineData("wireguard", true)]
    public void What_is_not_in_this_release_is_warned_of(string type, bool isWarnedOf) => Assert.Equal(
        isWarnedOf,
        ConfigCheck.Of($$$"""{"Network":"10.5.0.0/16","Backend":{"Type":"{{{type}}}"}}""").Warnings.Count > 0);

    [Fact]
    public void The_fields_of_vxlan_are_checked_as_the_families_need()
    {
        const string Fields = "\"Backend\":{\"Type\":\"vxlan\",\"VNI\":42000,\"MTU\":1400,\"DirectRouting\":true}}";

        Assert.Equal(
            [
                new("VNI", "42000"),
                new("Port", "the kernel's, 8472 unless its vxlan module says otherwise, UDP, open between all hosts"),
                new("MTU", "1400 less 50"),
                new("GBP", "off"),
                new("Learning", "off"),
                new("DirectRouting", "on"),
            ],
            ConfigCheck.Of("{\"Network\":\"10.3.0.0/16\"," + Fields).Summary!.BackendSettings);
        Assert.StartsWith(
            "Backend: VNI is 42000, expected a number up to 9999",
            Assert.Single(ConfigCheck.Of(
                "{\"Network\":\"10.3.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fc00::/48\"," + Fields).Problems),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Type":"vxlam"}""", "vxlam")]
    [InlineData("{}", "")]
    public void A_backend_that_nobody_has_is_a_problem(string backend, string type) => Assert.StartsWith(
        $"unknown backend type: {type} (Backend.Type is '{type}', expected alloc, ",
        Assert.Single(ConfigCheck.Of($$"""{"Network":"10.5.0.0/16","Backend":{{backend}}}""").Problems),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"Network":"10.5.0.0/16","Backend":"udp"}""", "error decoding Backend property of config: Backend is \"udp\"")]
    [InlineData("""{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fd00::/48"}""", "EnableIPv4 is false: ")]
    [InlineData("nonsense", "the network config is not valid JSON: ")]
    [InlineData("[]", "the network config is [], expected a JSON object")]
    public void What_no_daemon_starts_with_is_one_problem(string json, string beginning) =>
        Assert.StartsWith(beginning, Assert.Single(ConfigCheck.Of(json).Problems), StringComparison.Ordinal);

    [Fact]
    public void A_field_that_means_nothing_is_warned_of_and_one_in_another_case_is_not()
    {
        var check = ConfigCheck.Of("""{"network":"10.5.0.0/16","SubnetLength":26,"backend":{"Type":"udp"}}""");

        Assert.NotNull(check.Config);
        Assert.StartsWith(
            "without effect: SubnetLength; a network config has Network, ", Assert.Single(check.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"udp","PeerChek":"off"}""", "PeerChek; that of udp has Type, Port, Queues, Offloads, PeerCheck, PeerNAT")]
    [InlineData("""{"Type":"vxlan","vni":2,"Vnl":3}""", "Vnl; that of vxlan has Type, VNI, Port, MTU, GBP, Learning, DirectRouting")]
    [InlineData("""{"Type":"host-gw","Port":1}""", "Port; that of host-gw has Type")]
    public void A_field_of_Backend_that_means_nothing_is_warned_of(string backend, string warning)
    {
        var check = ConfigCheck.Of($$"""{"Network":"10.5.0.0/16","Backend":{{backend}}}""");

        Assert.NotNull(check.Config);
        Assert.Equal($"without effect in Backend: {warning}", Assert.Single(check.Warnings));
    }

    [Fact]
    public void The_summary_has_the_defaults_filled_in()
    {
        ConfigSummary summary = ConfigCheck.Of("""{"Network":"10.3.0.0/16"}""").Summary!;

        Assert.Equal(new FamilySummary("10.3.0.0/16", 24, "10.3.1.0", "10.3.255.0", 255), summary.Ipv4);
        Assert.Null(summary.Ipv6);
        Assert.Equal((UInt128)255, summary.Hosts);
        Assert.Equal(253, summary.ContainersPerHost);
        Assert.Equal("udp", summary.Backend);
        Assert.Equal(
            [
                new("Port", "8285, UDP, open between all hosts"),
                new("Queues", "one for two processors, up to 4"),
                new("Offloads", "all"),
                new("PeerCheck", "on: peers' packets alone"),
                new("PeerNAT", "off"),
                new("MTU", "the interface's less 28"),
            ],
            summary.BackendSettings);
    }

    [Fact]
    public void The_settings_are_those_in_force()
    {
        ConfigSummary summary = ConfigCheck.Of(
            """
            {"Network":"10.3.0.0/16","Backend":{"Type":"udp","port":9,"queues":2,"Offloads":{"tso":false,"uso":false,"gso":false}}}
            """).Summary!;

        Assert.Equal(
            ["9, UDP, open between all hosts", "2", "gro tcpCoalescing udpCoalescing kernelTunnel"],
            summary.BackendSettings.Take(3).Select(setting => setting.Value));
    }

    [Theory]
    [InlineData("""{"Network":"10.3.0.0/24","SubnetLen":30,"SubnetMin":"10.3.0.4","SubnetMax":"10.3.0.12"}""", 3, 1)]
    [InlineData("""{"Network":"10.0.0.0/8","SubnetLen":30}""", 4194303, 1)]
    [InlineData(
        """{"Network":"10.0.0.0/8","EnableIPv6":true,"IPv6Network":"fc00::/60","Backend":{"Type":"vxlan"}}""", 15, 253)]
    public void The_family_with_fewer_subnets_says_how_many_hosts_there_can_be(string json, int hosts, int containers)
    {
        ConfigSummary summary = ConfigCheck.Of(json).Summary!;

        Assert.Equal((UInt128)hosts, summary.Hosts);
        Assert.Equal(containers, summary.ContainersPerHost);
    }
}

using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class NetworkConfigReaderTests
{
    private static NetworkConfig Good(string json)
    {
        ReadResult<NetworkConfig> read = NetworkConfigReader.Read(json);
        Assert.Empty(read.Problems);
        return Assert.IsType<NetworkConfig>(read.Value);
    }

    private static IReadOnlyList<string> Problems(string json)
    {
        ReadResult<NetworkConfig> read = NetworkConfigReader.Read(json);
        Assert.Null(read.Value);
        Assert.NotEmpty(read.Problems);
        return read.Problems;
    }

    [Fact] // flannel: TestConfigDefaults
    public void Defaults_are_flannels()
    {
        NetworkConfig config = Good("""{ "network": "10.3.0.0/16" }""");

        Assert.True(config.EnableIPv4);
        Assert.False(config.EnableIPv6);
        Assert.False(config.EnableNFTables);
        Assert.Equal(Ipv4Prefix.Parse("10.3.0.0/16"), config.Network);
        Assert.Equal(24, config.SubnetLen);
        Assert.Equal(Ipv4Address.Parse("10.3.1.0"), config.SubnetMin);
        Assert.Equal(Ipv4Address.Parse("10.3.255.0"), config.SubnetMax);
        Assert.Equal("udp", config.BackendType);
        Assert.Equal("{}", config.Backend);
    }

    [Fact] // flannel: TestIPv6ConfigDefaults
    public void Ipv6_defaults_are_flannels()
    {
        NetworkConfig config = Good("""{ "enableIPv6": true, "ipv6Network": "fc00::/48", "enableIPv4": false }""");

        Assert.False(config.EnableIPv4);
        Assert.True(config.EnableIPv6);
        Assert.Equal(Ipv6Prefix.Parse("fc00::/48"), config.IPv6Network);
        Assert.Equal(64, config.IPv6SubnetLen);
        Assert.Equal(Ipv6Address.Parse("fc00:0:0:1::"), config.IPv6SubnetMin);
        Assert.Equal(Ipv6Address.Parse("fc00:0:0:ffff::"), config.IPv6SubnetMax);
    }

    [Fact] // flannel: TestConfigOverrides
    public void What_the_config_says_overrides_the_defaults()
    {
        NetworkConfig config = Good(
            """{ "Network": "10.3.0.0/16", "SubnetMin": "10.3.5.0", "SubnetMax": "10.3.8.0", "SubnetLen": 28 }""");

        Assert.Equal(28, config.SubnetLen);
        Assert.Equal(Ipv4Address.Parse("10.3.5.0"), config.SubnetMin);
        Assert.Equal(Ipv4Address.Parse("10.3.8.0"), config.SubnetMax);
    }

    [Fact] // flannel: TestIPv6ConfigOverrides
    public void What_the_config_says_overrides_the_ipv6_defaults()
    {
        NetworkConfig config = Good(
            """
            { "EnableIPv6": true, "IPv6Network": "fc00::/48", "IPv6SubnetMin": "fc00:0:0:1::",
              "IPv6SubnetMax": "fc00:0:0:f::", "IPv6SubnetLen": 124, "enableIPv4": false }
            """);

        Assert.Equal(124, config.IPv6SubnetLen);
        Assert.Equal(Ipv6Address.Parse("fc00:0:0:1::"), config.IPv6SubnetMin);
        Assert.Equal(Ipv6Address.Parse("fc00:0:0:f::"), config.IPv6SubnetMax);
    }

    [Fact]
    public void Dual_stack_reads_both_families()
    {
        NetworkConfig config = Good(
            """{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd05::/56","Backend":{"Type":"host-gw"}}""");

        Assert.Equal(24, config.SubnetLen);
        Assert.Equal(64, config.IPv6SubnetLen);
        Assert.Equal(Ipv6Address.Parse("fd05:0:0:1::"), config.IPv6SubnetMin);
        Assert.Equal(Ipv6Address.Parse("fd05:0:0:ff::"), config.IPv6SubnetMax);
    }

    [Theory]
    [InlineData("10.3.0.0/8", 24)]
    [InlineData("10.3.0.0/22", 24)]
    [InlineData("10.3.0.0/23", 25)]
    [InlineData("10.3.0.0/28", 30)]
    public void The_default_length_leaves_room_for_four(string network, int length) =>
        Assert.Equal(length, Good($$"""{"Network":"{{network}}"}""").SubnetLen);

    [Theory]
    [InlineData("fc00::/62", 64)]
    [InlineData("fc00::/63", 65)]
    [InlineData("fc00::/124", 126)]
    public void The_default_ipv6_length_leaves_room_for_four(string network, int length) =>
        Assert.Equal(length, Good($$"""{"EnableIPv6":true,"EnableIPv4":false,"IPv6Network":"{{network}}"}""").IPv6SubnetLen);

    [Fact]
    public void A_network_at_the_end_of_the_address_space_has_its_last_subnet()
    {
        Assert.Equal(Ipv4Address.Parse("255.255.255.0"), Good("""{"Network":"255.0.0.0/8"}""").SubnetMax);
        Assert.Equal(
            Ipv6Address.Parse("ffff:ffff:ffff:ffff::"),
            Good("""{"EnableIPv6":true,"EnableIPv4":false,"IPv6Network":"ff00::/8"}""").IPv6SubnetMax);
    }

    [Fact]
    public void Host_bits_of_the_network_are_masked_off() =>
        Assert.Equal(Ipv4Prefix.Parse("10.5.0.0/16"), Good("""{"Network":"10.5.7.9/16"}""").Network);

    [Fact]
    public void Zero_bounds_and_nulls_mean_the_default()
    {
        NetworkConfig config = Good(
            """{"Network":"10.5.0.0/16","SubnetMin":"0.0.0.0","SubnetMax":null,"SubnetLen":0,"EnableIPv4":null}""");

        Assert.Equal(Ipv4Address.Parse("10.5.1.0"), config.SubnetMin);
        Assert.Equal(Ipv4Address.Parse("10.5.255.0"), config.SubnetMax);
        Assert.Equal(24, config.SubnetLen);
    }

    [Fact]
    public void The_later_of_two_fields_wins_in_any_case() =>
        Assert.Equal(
            Ipv4Prefix.Parse("10.6.0.0/16"),
            Good("""{"Network":"10.5.0.0/16","nEtWoRk":"10.6.0.0/16","Nonsense":[1,{}]}""").Network);

    [Theory]
    [InlineData("""{"Network":"10.5.0.0/16"}""", "udp")]
    [InlineData("""{"Network":"10.5.0.0/16","Backend":{"Type":"udp","Port":8286}}""", "udp")]
    [InlineData("""{"Network":"10.5.0.0/16","backend":{"type":"VXLAN"}}""", "vxlan")]
    [InlineData("""{"Network":"10.5.0.0/16","Backend":{"Port":8286}}""", "")]
    [InlineData("""{"Network":"10.5.0.0/16","Backend":{}}""", "")]
    [InlineData("""{"Network":"10.5.0.0/16","Backend":null}""", "")]
    public void The_backend_type_is_lower_cased_and_defaults_to_udp(string json, string type) =>
        Assert.Equal(type, Good(json).BackendType);

    [Fact]
    public void The_backend_is_kept_as_it_was_written() =>
        Assert.Equal(
            """{"Type":"udp", "Port":8286}""",
            Good("""{"Network":"10.5.0.0/16","Backend":{"Type":"udp", "Port":8286}}""").Backend);

    [Theory]
    [InlineData("{}", "please define a correct Network parameter in the flannel config")]
    [InlineData("""{"Network":null}""", "please define a correct Network parameter in the flannel config")]
    [InlineData("""{"Network":""}""", "please define a correct Network parameter in the flannel config")]
    [InlineData("""{"Network":"0.0.0.0/0"}""", "please define a correct Network parameter in the flannel config")]
    [InlineData("""{"Network":7}""", "please define a correct Network parameter in the flannel config")]
    [InlineData("""{"Network":"fd00::/48"}""", "invalid IPv4 CIDR format")]
    [InlineData("""{"Network":"10.5.0.0/16","SubnetLen":31}""", "SubnetLen must be less than /31")]
    [InlineData("""{"Network":"10.5.0.0/16","SubnetLen":17}""", "network must be able to accommodate at least four subnets")]
    [InlineData("""{"Network":"10.5.0.0/29"}""", "network is too small. Minimum useful network prefix is /28")]
    [InlineData("""{"Network":"10.5.0.0/16","SubnetMin":"10.6.0.0"}""", "SubnetMin is not in the range of the Network")]
    [InlineData("""{"Network":"10.5.0.0/16","SubnetMax":"10.4.0.0"}""", "SubnetMax is not in the range of the Network")]
    [InlineData("""{"Network":"10.5.0.0/16","SubnetMin":"10.5.1.7"}""", "SubnetMin is not on a SubnetLen boundary: 10.5.1.7")]
    [InlineData("""{"Network":"10.5.0.0/16","SubnetMax":"10.5.1.7"}""", "SubnetMax is not on a SubnetLen boundary: 10.5.1.7")]
    [InlineData(
        """{"Network":"10.5.0.0/16","Backend":"udp"}""",
        """error decoding Backend property of config: Backend is "udp", expected an object like {"Type":"udp"}""")]
    [InlineData(
        """{"Network":"10.5.0.0/16","Backend":{"Type":1}}""",
        """error decoding Backend property of config: Type is 1, expected the name of a backend like "udp""" + "\"")]
    [InlineData("""{"EnableIPv4":false}""", "neither IPv4 nor IPv6 is enabled")]
    public void A_broken_rule_is_told_in_flannels_words(string json, string text) =>
        Assert.StartsWith(text, Assert.Single(Problems(json)), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"x\":0", "please define a correct IPv6Network parameter in the flannel config")]
    [InlineData("\"IPv6Network\":\"::/0\"", "please define a correct IPv6Network parameter in the flannel config")]
    [InlineData("\"IPv6Network\":\"10.5.0.0/16\"", "please define a correct IPv6Network parameter in the flannel config")]
    [InlineData("\"IPv6Network\":\"fc00::/48\",\"IPv6SubnetLen\":127", "SubnetLen must be less than /127")]
    [InlineData(
        "\"IPv6Network\":\"fc00::/48\",\"IPv6SubnetLen\":49",
        "network must be able to accommodate at least four subnets")]
    [InlineData("\"IPv6Network\":\"fc00::/125\"", "IPv6Network is too small. Minimum useful network prefix is /124")]
    [InlineData(
        "\"IPv6Network\":\"fc00::/48\",\"IPv6SubnetMin\":\"fc01::\"",
        "IPv6SubnetMin is not in the range of the IPv6Network")]
    [InlineData(
        "\"IPv6Network\":\"fc00::/48\",\"IPv6SubnetMax\":\"fbff::\"",
        "IPv6SubnetMax is not in the range of the IPv6Network")]
    [InlineData(
        "\"IPv6Network\":\"fc00::/48\",\"IPv6SubnetMin\":\"fc00:0:0:1::1\"",
        "IPv6SubnetMin is not on a SubnetLen boundary: fc00:0:0:1::1")]
    [InlineData(
        "\"IPv6Network\":\"fc00::/48\",\"IPv6SubnetMax\":\"fc00:0:0:1::1\"",
        "IPv6SubnetMax is not on a SubnetLen boundary: fc00:0:0:1::1")]
    public void A_broken_ipv6_rule_is_told_in_flannels_words(string fields, string text) =>
        Assert.StartsWith(
            text, Assert.Single(Problems($$"""{"EnableIPv4":false,"EnableIPv6":true,{{fields}}}""")), StringComparison.Ordinal);

    [Fact]
    public void The_bracket_names_value_and_expectation()
    {
        Assert.Equal(
            "network must be able to accommodate at least four subnets "
            + "(Network is 10.5.0.0/16, SubnetLen is 17, expected at least 18)",
            Assert.Single(Problems("""{"Network":"10.5.0.0/16","SubnetLen":17}""")));
        Assert.Equal(
            "SubnetMin is not on a SubnetLen boundary: 10.5.1.7 (SubnetLen is 24, the boundary below is 10.5.1.0)",
            Assert.Single(Problems("""{"Network":"10.5.0.0/16","SubnetMin":"10.5.1.7"}""")));
    }

    [Fact]
    public void Bounds_in_the_wrong_order_are_a_problem()
    {
        Assert.Equal(
            "SubnetMin is behind SubnetMax (SubnetMin is 10.5.9.0, SubnetMax is 10.5.2.0, expected the lower one first)",
            Assert.Single(Problems("""{"Network":"10.5.0.0/16","SubnetMin":"10.5.9.0","SubnetMax":"10.5.2.0"}""")));
        Assert.Equal(
            "SubnetMax leaves no subnet, for a network's first one is not given out unless SubnetMin says so "
            + "(SubnetMax is 10.5.0.0, expected at least 10.5.1.0)",
            Assert.Single(Problems("""{"Network":"10.5.0.0/16","SubnetMax":"10.5.0.0"}""")));
    }

    [Theory]
    [InlineData("EnableIPv4", "\"yes\"", "EnableIPv4 is \"yes\", expected true or false")]
    [InlineData("EnableNFTables", "1", "EnableNFTables is 1, expected true or false")]
    [InlineData("SubnetLen", "-1", "SubnetLen is -1, expected a prefix length up to 30, or 0 for the default")]
    [InlineData("SubnetLen", "24.0", "SubnetLen is 24.0, expected a prefix length up to 30, or 0 for the default")]
    [InlineData("SubnetLen", "\"24\"", "SubnetLen is \"24\", expected a prefix length up to 30, or 0 for the default")]
    [InlineData("SubnetMin", "\"10.5\"", "SubnetMin is \"10.5\", expected an IPv4 address like 10.5.1.0")]
    [InlineData("SubnetMax", "[]", "SubnetMax is [], expected an IPv4 address like 10.5.1.0")]
    [InlineData("IPv6SubnetMin", "5", "IPv6SubnetMin is 5, expected an IPv6 address like fc00:0:0:1::")]
    public void A_wrong_type_is_named_with_its_value(string field, string value, string problem) =>
        Assert.Equal(problem, Assert.Single(Problems($$"""{"Network":"10.5.0.0/16","{{field}}":{{value}}}""")));

    [Fact]
    public void All_problems_are_told_at_once()
    {
        IReadOnlyList<string> problems = Problems(
            """
            {"EnableIPv6":true,"Network":"10.5.0.0/16","SubnetLen":31,"SubnetMin":"10.6.0.0","SubnetMax":"10.4.0.0",
             "IPv6Network":"fc00::/125","Backend":[]}
            """);

        string[] starts =
        [
            "SubnetLen must be less than /31", "SubnetMin is not in", "SubnetMax is not in", "SubnetMin is behind",
            "IPv6Network is too small", "error decoding Backend",
        ];
        Assert.Equal(starts.Length, problems.Count);
        Assert.All(starts.Zip(problems), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"Network\":")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"Network\":\"\\ud800\"}")]
    [InlineData("{\"Backend\":{\"Type\":\"\\ud800\"}}")]
    [InlineData("\ud800")]
    public void Rubbish_is_a_problem(string json) => Problems(json);

    [Fact]
    public void Rubbish_never_throws() => Gen.String.Sample(text => NetworkConfigReader.Read(text) is not null);

    [Fact]
    public void Any_values_never_throw_and_a_config_is_always_sound()
    {
        Gen<string> value = Gen.OneOf(
            "null", "0", "-1", "24", "31", "126", "1e99", "true", "false", "\"\"", "\"10.5.0.0/16\"", "\"10.5.9.0\"",
            "\"fc00::/48\"", "\"10.0.0.0/8\"", "\"fc00:0:0:5::\"", "\"::\"", "{}", "[]", "{\"Type\":\"UDP\"}");
        Gen<string> name = Gen.OneOf(
            "EnableIPv4", "EnableIPv6", "Network", "SubnetLen", "SubnetMin", "SubnetMax", "IPv6Network", "IPv6SubnetLen",
            "IPv6SubnetMin", "IPv6SubnetMax", "Backend", "network");
        Gen.Select(name, value, (field, json) => $"\"{field}\":{json}").List[0, 8].Sample(fields =>
        {
            NetworkConfig? config = NetworkConfigReader.Read($"{{{string.Join(',', fields)}}}").Value;
            return config is null || (IsSound(config) && (config.EnableIPv4 || config.EnableIPv6));
        });
    }

    private static bool IsSound(NetworkConfig config) =>
        (!config.EnableIPv4
            || (config.Network.Contains(config.SubnetMin)
                && config.Network.Contains(config.SubnetMax)
                && config.SubnetMin <= config.SubnetMax
                && new Ipv4Prefix(config.SubnetMin, config.SubnetLen).Network == config.SubnetMin
                && new Ipv4Prefix(config.SubnetMax, config.SubnetLen).Network == config.SubnetMax))
        && (!config.EnableIPv6
            || (config.IPv6Network.Contains(config.IPv6SubnetMin)
                && config.IPv6Network.Contains(config.IPv6SubnetMax)
                && config.IPv6SubnetMin <= config.IPv6SubnetMax));
}

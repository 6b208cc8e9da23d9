using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class LeaseAttributesTests
{
    private static LeaseAttributes Good(string json)
    {
        ReadResult<LeaseAttributes> read = LeaseAttributes.Read(json);
        Assert.Empty(read.Problems);
        return Assert.IsType<LeaseAttributes>(read.Value);
    }

    [Theory] // what flannel left in etcd, to the byte; the string is of the extension backend
    [InlineData("")]
    [InlineData(""" "BackendType":"host-gw" """)]
    [InlineData(""" "BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"82:4f:24:64:02:5a"} """)]
    [InlineData(""" "BackendType":"vxlan","BackendData":{"VNI":1},"BackendV6Data":{"VNI":1,"VtepMAC":"ee:6f:07:d4:78:58"} """)]
    [InlineData(""" "BackendType":"extension","BackendData":"a \u003c b \u0026\u0026 \"c\" \u003e d" """)]
    public void Values_are_flannels_both_ways(string fields)
    {
        string backend = fields.Length > 0 ? "," + fields.Trim() : "";
        string ipv4 = $$"""{"PublicIP":"192.168.77.2","PublicIPv6":null{{backend}}}""";
        string dualStack = $$"""{"PublicIP":"192.168.77.2","PublicIPv6":"fd77::2"{{backend}}}""";

        Assert.Equal(ipv4, Good(ipv4).ToJson());
        Assert.Equal(dualStack, Good(dualStack).ToJson());
    }

    [Fact]
    public void The_udp_backend_writes_the_address_only() =>
        Assert.Equal(
            """{"PublicIP":"10.77.0.11","PublicIPv6":null}""",
            new LeaseAttributes { PublicIP = Ipv4Address.Parse("10.77.0.11") }.ToJson());

    [Fact]
    public void Writing_is_compact_and_escapes_as_go_does()
    {
        var attributes = new LeaseAttributes
        {
            PublicIP = Ipv4Address.Parse("10.77.0.11"),
            BackendType = "a<b>&\"é\n\u2028",
            BackendData = """ { "Text" : "x < y, \"  \\" , "List" : [ 1 , 2.50 ] } """,
        };

        Assert.Equal(
            """{"PublicIP":"10.77.0.11","PublicIPv6":null,"BackendType":"a\u003cb\u003e\u0026\"é\n\u2028","BackendData":"""
            + """{"Text":"x \u003c y, \"  \\","List":[1,2.50]}}""",
            attributes.ToJson());
    }

    [Fact]
    public void Names_match_in_any_case_and_unknown_ones_are_ignored()
    {
        LeaseAttributes attributes = Good("""{ "publicip": "10.77.0.11", "BACKENDTYPE": "vxlan", "Extra": {} }""");

        Assert.Equal(Ipv4Address.Parse("10.77.0.11"), attributes.PublicIP);
        Assert.Equal("vxlan", attributes.BackendType);
    }

    [Fact] // flannel's documentation on reservations
    public void An_operators_reservation_is_read() =>
        Assert.Equal(Ipv4Address.Parse("10.37.7.195"), Good("""{"PublicIP":"10.37.7.195"}""").PublicIP);

    [Fact]
    public void Spaces_and_escapes_do_not_make_a_difference() =>
        Assert.Equal(
            Good("""{"PublicIP":"10.0.0.1","PublicIPv6":null,"BackendData":{"a":"\u003c"}}"""),
            Good("""{"BackendData": {"a": "<"}, "PublicIP": "10.0.0.1"}"""));

    [Theory]
    [InlineData("{}", "PublicIP is missing, expected an IPv4 address like 192.168.0.10")]
    [InlineData("""{"PublicIP":null}""", "PublicIP is missing, expected an IPv4 address like 192.168.0.10")]
    [InlineData("""{"PublicIP":"host"}""", "PublicIP is \"host\", expected an IPv4 address like 192.168.0.10")]
    [InlineData("""{"PublicIP":"10.0.0.1","PublicIPv6":1}""", "PublicIPv6 is 1, expected an IPv6 address like fd00::10, or null")]
    [InlineData("""{"PublicIP":"10.0.0.1","BackendType":1}""", "BackendType is 1, expected the name of a backend like \"vxlan\"")]
    [InlineData("[]", "the lease is [], expected a JSON object")]
    public void A_bad_value_is_a_problem(string json, string problem) =>
        Assert.Equal(problem, Assert.Single(LeaseAttributes.Read(json).Problems));

    [Fact]
    public void Rubbish_never_throws() => Gen.String.Sample(text => LeaseAttributes.Read(text) is not null);

    [Fact]
    public void Values_round_trip()
    {
        Gen<string?> data = Gen.OneOf<string?>(null, "{}", "\"<x>\\\\\"", "[1,\"\\\"\"]", "true", "{\"a\":{\"b\":[]}}");
        Gen<string> type = Gen.OneOf(Gen.Const(""), Gen.String[Gen.Char[' ', '\u3000'], 0, 20]);
        Gen.Select(Gen.UInt, Gen.ULong.Nullable(), type, data, data).Sample(drawn =>
        {
            (uint publicIP, ulong? publicIPv6, string backend, string? backendData, string? backendV6Data) = drawn;
            var attributes = new LeaseAttributes
            {
                PublicIP = new Ipv4Address(publicIP),
                PublicIPv6 = publicIPv6 is { } low ? new Ipv6Address(new UInt128(0xfd00UL << 48, low)) : null,
                BackendType = backend,
                BackendData = backendData,
                BackendV6Data = backendV6Data,
            };
            return LeaseAttributes.Read(attributes.ToJson()).Value == attributes;
        });
    }
}

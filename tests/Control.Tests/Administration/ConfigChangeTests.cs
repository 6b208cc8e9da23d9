namespace FastFlannel.Control.Tests;

public class ConfigChangeTests
{
    [Theory]
    [InlineData("""{"Network":"10.5.0.0/16"}""", """{ "network" : "10.5.0.0/16" }""")]
    [InlineData("""{"A":1,"Backend":{"Port":1,"Type":"udp"}}""", """{"Backend":{"type":"udp","Port":1},"A":1}""")]
    public void Layout_order_and_case_are_no_change(string older, string newer) => Assert.Empty(ConfigChange.Between(older, newer));

    [Fact]
    public void Each_field_that_differs_is_named_with_both_values() => Assert.Equal(
        [
            new ConfigChange("Network", "\"10.5.0.0/16\"", "\"10.6.0.0/16\""),
            new ConfigChange("Backend.Offloads.Gso", null, "false"),
            new ConfigChange("SubnetLen", "26", null),
            new ConfigChange("Backend.Port", "8285", null),
        ],
        ConfigChange.Between(
            """{"Network":"10.5.0.0/16","SubnetLen":26,"Backend":{"Type":"udp","Port":8285}}""",
            """{"Network":"10.6.0.0/16","Backend":{"Type":"udp","Offloads":{"Gso":false}}}"""));

    [Fact]
    public void An_empty_object_is_not_the_same_as_none() =>
        Assert.Equal([new ConfigChange("Backend", null, "{}")], ConfigChange.Between("{}", """{"Backend":{}}"""));

    [Theory]
    [InlineData(null)]
    [InlineData("rubbish")]
    public void Without_a_readable_one_before_all_is_new(string? older) =>
        Assert.Equal([new ConfigChange("Network", null, "1")], ConfigChange.Between(older, """{"Network":1}"""));
}

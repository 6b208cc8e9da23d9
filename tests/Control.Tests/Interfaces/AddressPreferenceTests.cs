using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class AddressPreferenceTests
{
    private const AddressFlags Permanent = AddressFlags.Permanent;
    private const AddressFlags Dynamic = AddressFlags.None;

    [Fact]
    public void The_first_of_equals_wins() => AssertChosen("10.0.0.1", ("10.0.0.1/24", Permanent), ("10.0.0.2/24", Permanent));

    [Fact]
    public void Global_comes_before_link_local_even_if_dynamic() =>
        AssertChosen("10.0.0.1", ("169.254.0.1/16", Permanent), ("10.0.0.1/24", Dynamic));

    [Fact]
    public void Permanent_comes_before_dynamic() =>
        AssertChosen("10.0.0.2", ("10.0.0.1/24", Dynamic), ("10.0.0.2/24", Permanent));

    [Fact]
    public void A_secondary_IPv4_address_is_not_a_temporary_one() =>
        AssertChosen("10.0.0.1", ("10.0.0.1/24", Permanent | AddressFlags.Secondary), ("10.0.1.1/24", Permanent));

    [Fact]
    public void Link_local_will_do_when_there_is_nothing_else() =>
        AssertChosen("169.254.0.1", ("127.0.0.1/8", Permanent), ("169.254.0.1/16", Permanent));

    [Theory]
    [InlineData("127.0.0.1/8", Permanent)]
    [InlineData("224.0.0.1/4", Permanent)]
    [InlineData("0.0.0.0/32", Permanent)]
    [InlineData("255.255.255.255/32", Permanent)]
    [InlineData("10.0.0.1/24", Permanent | AddressFlags.Deprecated)]
    public void What_cannot_or_should_not_be_a_source_is_never_chosen(string address, AddressFlags flags)
    {
        AssertChosen("10.0.9.9", (address, flags), ("10.0.9.9/24", Dynamic));
        string error = new TestSnapshot().Link("eth0", 1500).Address(address, flags).Fail(["eth0"]);
        Assert.Contains("eth0 has no usable IPv4 address", error, StringComparison.Ordinal);
    }

    private static void AssertChosen(string expected, params (string Address, AddressFlags Flags)[] addresses)
    {
        TestSnapshot snapshot = new TestSnapshot().Link("eth0", 1500);
        foreach ((string address, AddressFlags flags) in addresses)
            _ = snapshot.Address(address, flags);

        Assert.Equal(expected, snapshot.Select(["eth0"]).Address.ToString());
    }
}

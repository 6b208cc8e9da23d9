using System.CommandLine;
using FastFlannel.Control;

namespace FastFlannel.Daemon.Tests;

public class SubnetArgumentTests
{
    [Theory]
    [InlineData("10.5.3.0/24", "10.5.3.0/24")]
    [InlineData("10.5.3.0/24", "10.5.3.1/24")]
    [InlineData("10.5.3.0/24", "10.5.3.0-24")]
    [InlineData("10.5.3.0/24 fd00:5:3::/64", "10.5.3.0/24", "fd00:5:3::/64")]
    [InlineData("10.5.3.0/24 fd00:5:3::/64", "10.5.3.0/24 fd00:5:3::/64")]
    [InlineData("10.5.3.0/24 fd00:5:3::/64", "10.5.3.0-24&fd00:5:3::-64")]
    public void A_subnet_is_taken_as_people_files_and_etcd_write_it(string expected, params string[] arguments)
    {
        Argument<Subnet> subnet = SubnetArgument.Create();
        ParseResult parsed = new Command("test") { subnet }.Parse(arguments);

        Assert.Empty(parsed.Errors);
        Assert.Equal(expected, parsed.GetValue(subnet).ToString());
    }
}

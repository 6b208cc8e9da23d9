using System.Net;

namespace FastFlannel.Control.Tests;

public class ForwardStopsTests
{
    private static readonly FirewallFamily Family = new(IPNetwork.Parse("10.5.0.0/16"), IPNetwork.Parse("10.5.16.0/24"), [], []);

    [Theory]
    [InlineData("!")]
    [InlineData("-j")]
    [InlineData("! -j DROP")]
    [InlineData("-s")]
    [InlineData("-m comment --comment")]
    [InlineData("-m comment --comment \"open -j DROP")]
    public void A_rule_that_ends_too_early_stops_nothing(string rule) =>
        Assert.Null(ForwardStops.InIptables(IptablesSnapshot.Parse($"*filter\n-A FORWARD {rule}\n"), Family));
}

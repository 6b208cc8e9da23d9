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

    [Fact]
    public void A_rule_that_counts_is_the_same_however_many_packets_it_has_counted()
    {
        string?[] said = [.. new[] { 0, 4711 }.Select(packets => ForwardStops.InNftables(new Listing(packets), Family))];
        Assert.Equal(said[0], said[1]);
        Assert.StartsWith("'counter drop' in chain forward of nftables' table ip other;", said[0], StringComparison.Ordinal);
    }

    /// <summary>An nft with one chain of somebody else's.</summary>
    private sealed class Listing(int packets) : IFirewallTools
    {
        public bool Has(string tool) => true;

        public ToolAnswer Run(string tool, IReadOnlyList<string> arguments, string input = "") => new(
            0,
            $"table ip other {{\n\tchain forward {{\n\t\ttype filter hook forward priority filter; policy accept;\n"
                + $"\t\tcounter packets {packets} bytes {packets * 60} drop\n\t}}\n}}\n",
            "");
    }
}

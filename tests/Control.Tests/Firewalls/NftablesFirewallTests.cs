namespace FastFlannel.Control.Tests;

/// <summary>The rules of nftables mode, in the kernel by the real command.</summary>
public class NftablesFirewallTests
{
    // flannel, e2e/rules.go.
    private static readonly string[] Golden =
    [
        "table ip flannel-ipv4 {",
        "\tcomment \"rules for flannel-ipv4\"",
        "\tchain forward {",
        "\t\tcomment \"chain to accept flannel traffic\"",
        "\t\ttype filter hook forward priority filter; policy accept;",
        "\t\tip saddr 10.5.0.0/16 accept",
        "\t\tip daddr 10.5.0.0/16 accept",
        "\t}",
        "\tchain postrtg {",
        "\t\tcomment \"chain to manage traffic masquerading by flannel\"",
        "\t\ttype nat hook postrouting priority srcnat; policy accept;",
        "\t\tmeta mark 0x00004000 return",
        "\t\tip saddr 10.5.64.0/24 ip daddr 10.5.0.0/16 return",
        "\t\tip saddr 10.5.0.0/16 ip daddr 10.5.64.0/24 return",
        "\t\tip saddr != 10.5.64.0/24 ip daddr 10.5.0.0/16 return",
        "\t\tip saddr 10.5.0.0/16 ip daddr != 224.0.0.0/4 masquerade fully-random",
        "\t\tip saddr != 10.5.0.0/16 ip daddr 10.5.0.0/16 masquerade fully-random",
        "\t}",
        "}",
    ];

    [Fact]
    public void The_tables_are_flannelds() => FirewallBed.Run(bed =>
    {
        bed.Keeper(nftables: true).Start();
        Assert.Equal(Golden, bed.Nft("ip flannel-ipv4"));
        Assert.Contains("\t\tip6 saddr fd05::/56 ip6 daddr != ff00::/8 masquerade fully-random", bed.Nft("ip6 flannel-ipv6"));
    });

    [Fact]
    public void What_is_right_is_never_written_again() => FirewallBed.Run(bed =>
    {
        FirewallKeeper keeper = bed.Keeper(nftables: true);
        keeper.Start();
        int writes = bed.Writes;
        keeper.Pass();
        bed.Keeper(nftables: true).Start();
        Assert.Equal(2, writes);
        Assert.Equal(writes, bed.Writes);
    });

    [Theory]
    [InlineData("nft delete table ip flannel-ipv4")]
    [InlineData("nft flush chain ip flannel-ipv4 postrtg")]
    [InlineData("nft insert rule ip flannel-ipv4 forward ip saddr 192.0.2.1 drop")]
    [InlineData("nft add rule ip flannel-ipv4 forward ip saddr 10.5.0.0/16 accept")]
    [InlineData("nft flush ruleset")]
    public void What_others_change_is_put_back(string damage) => FirewallBed.Run(bed =>
    {
        FirewallKeeper keeper = bed.Keeper(nftables: true);
        keeper.Start();
        _ = bed.Shell(damage);
        Assert.NotEqual(Golden, bed.Nft("ip flannel-ipv4"));
        keeper.Pass();
        Assert.Equal(Golden, bed.Nft("ip flannel-ipv4"));
        Assert.True(keeper.Status.Repairs > 0);
    });

    [Fact]
    public void A_table_that_another_daemon_writes_is_not_fought_for() => FirewallBed.Run(bed =>
    {
        FirewallKeeper first = bed.Keeper(nftables: true, ipv6: false);
        FirewallKeeper second = bed.Keeper(nftables: true, network: "10.12.0.0/16", subnet: "10.12.3.0/24", ipv6: false);
        first.Start();
        second.Start();
        string[] table = bed.Nft("ip flannel-ipv4");
        first.Pass();
        Assert.Equal(table, bed.Nft("ip flannel-ipv4"));
        Assert.Contains("another daemon", Assert.Single(first.Status.Troubles).Value, StringComparison.Ordinal);
        Assert.Empty(second.Status.Troubles);
    });

    [Fact]
    public void A_chain_of_iptables_that_drops_is_said() => FirewallBed.Run(bed =>
    {
        _ = bed.Shell("iptables -P FORWARD DROP");
        bed.Keeper(nftables: true).Start();
        Assert.Contains(bed.Logger.Lines, line => line.Contains("chain FORWARD of nftables' table ip filter", StringComparison.Ordinal));
    });
}

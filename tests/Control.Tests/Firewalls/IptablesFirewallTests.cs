namespace FastFlannel.Control.Tests;

/// <summary>The rules of iptables mode, in the kernel by the real commands.</summary>
public class IptablesFirewallTests
{
    private const string Masq = "-m comment --comment \"flanneld masq\"";
    private const string Fwd = "-m comment --comment \"flanneld forward\"";

    // ../shared/golden: vxlan-dualstack, as iptables-save and ip6tables-save printed it after flanneld.
    private static readonly string[] Golden =
    [
        "*filter", ":INPUT ACCEPT", ":FORWARD ACCEPT", ":OUTPUT ACCEPT", ":FLANNEL-FWD -",
        $"-A FORWARD {Fwd} -j FLANNEL-FWD",
        $"-A FLANNEL-FWD -s 10.5.0.0/16 {Fwd} -j ACCEPT",
        $"-A FLANNEL-FWD -d 10.5.0.0/16 {Fwd} -j ACCEPT",
        "COMMIT",
        "*nat", ":PREROUTING ACCEPT", ":INPUT ACCEPT", ":OUTPUT ACCEPT", ":POSTROUTING ACCEPT", ":FLANNEL-POSTRTG -",
        $"-A POSTROUTING {Masq} -j FLANNEL-POSTRTG",
        $"-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 {Masq} -j RETURN",
        $"-A FLANNEL-POSTRTG -s 10.5.64.0/24 -d 10.5.0.0/16 {Masq} -j RETURN",
        $"-A FLANNEL-POSTRTG -s 10.5.0.0/16 -d 10.5.64.0/24 {Masq} -j RETURN",
        $"-A FLANNEL-POSTRTG ! -s 10.5.0.0/16 -d 10.5.64.0/24 {Masq} -j RETURN",
        $"-A FLANNEL-POSTRTG -s 10.5.0.0/16 ! -d 224.0.0.0/4 {Masq} -j MASQUERADE --random-fully",
        $"-A FLANNEL-POSTRTG ! -s 10.5.0.0/16 -d 10.5.0.0/16 {Masq} -j MASQUERADE --random-fully",
        "COMMIT",
        "*filter", ":INPUT ACCEPT", ":FORWARD ACCEPT", ":OUTPUT ACCEPT", ":FLANNEL-FWD -",
        $"-A FORWARD {Fwd} -j FLANNEL-FWD",
        $"-A FLANNEL-FWD -s fd05::/56 {Fwd} -j ACCEPT",
        $"-A FLANNEL-FWD -d fd05::/56 {Fwd} -j ACCEPT",
        "COMMIT",
        "*nat", ":PREROUTING ACCEPT", ":INPUT ACCEPT", ":OUTPUT ACCEPT", ":POSTROUTING ACCEPT", ":FLANNEL-POSTRTG -",
        $"-A POSTROUTING {Masq} -j FLANNEL-POSTRTG",
        $"-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 {Masq} -j RETURN",
        $"-A FLANNEL-POSTRTG -s fd05:0:0:2b::/64 -d fd05::/56 {Masq} -j RETURN",
        $"-A FLANNEL-POSTRTG -s fd05::/56 -d fd05:0:0:2b::/64 {Masq} -j RETURN",
        $"-A FLANNEL-POSTRTG ! -s fd05::/56 -d fd05:0:0:2b::/64 {Masq} -j RETURN",
        $"-A FLANNEL-POSTRTG -s fd05::/56 ! -d ff00::/8 {Masq} -j MASQUERADE --random-fully",
        $"-A FLANNEL-POSTRTG ! -s fd05::/56 -d fd05::/56 {Masq} -j MASQUERADE --random-fully",
        "COMMIT",
    ];

    [Fact]
    public void The_rules_are_flannelds_in_its_order() => Run(bed =>
    {
        bed.Keeper().Start();
        Assert.Equal(Golden.Order(), bed.Iptables().Order());
        foreach (string chain in (string[])["FLANNEL-FWD", "FLANNEL-POSTRTG"])
            Assert.Equal(RulesOf(Golden, chain), RulesOf(bed.Iptables(), chain));
    });

    [Fact]
    public void What_is_right_is_read_once_a_period_and_never_written_again() => Run(bed =>
    {
        FirewallKeeper keeper = bed.Keeper();
        keeper.Start();
        (int writes, int commands) = (bed.Writes, bed.Commands);
        Assert.Equal(2, writes);
        keeper.Pass();
        keeper.Pass();
        Assert.Equal((writes, commands + 4), (bed.Writes, bed.Commands));

        // Nor by the next life.
        bed.Keeper().Start();
        Assert.Equal(writes, bed.Writes);
    });

    [Theory]
    [InlineData("iptables -t nat -F FLANNEL-POSTRTG")]
    [InlineData("iptables -t nat -D FLANNEL-POSTRTG 3")]
    [InlineData("iptables -t nat -I FLANNEL-POSTRTG 2 -s 192.0.2.0/24 -j RETURN")]
    [InlineData("iptables -t nat -A FLANNEL-POSTRTG -s 10.5.0.0/16 -d 10.5.64.0/24 -m comment --comment 'flanneld masq' -j RETURN")]
    [InlineData("iptables -t nat -D FLANNEL-POSTRTG 1; iptables -t nat -A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment 'flanneld masq' -j RETURN")]
    [InlineData("iptables -t nat -D POSTROUTING 1")]
    [InlineData("iptables -t nat -A POSTROUTING -m comment --comment 'flanneld masq' -j FLANNEL-POSTRTG")]
    [InlineData("iptables -D FORWARD 1; iptables -F FLANNEL-FWD; iptables -X FLANNEL-FWD")]
    [InlineData("iptables -F; iptables -X; iptables -t nat -F; iptables -t nat -X")]
    [InlineData("ip6tables -t nat -F FLANNEL-POSTRTG")]
    [InlineData("ip6tables -D FORWARD 1")]
    public void What_others_change_is_put_back_at_one_go(string damage) => Run(bed =>
    {
        FirewallKeeper keeper = bed.Keeper();
        keeper.Start();
        string[] before = bed.Iptables();
        int writes = bed.Writes;
        _ = bed.Shell(damage);
        Assert.NotEqual(before, bed.Iptables());

        keeper.Pass();
        Assert.Equal(before.Order(), bed.Iptables().Order());
        foreach (string chain in (string[])["FLANNEL-FWD", "FLANNEL-POSTRTG"])
            Assert.Equal(RulesOf(before, chain), RulesOf(bed.Iptables(), chain));

        Assert.Equal(writes + 1, bed.Writes);
        Assert.Equal(1, keeper.Status.Repairs);
        Assert.Empty(keeper.Status.Troubles);
    });

    [Fact]
    public void A_second_jump_goes_and_the_first_keeps_its_place() => Run(bed =>
    {
        FirewallKeeper keeper = bed.Keeper();
        _ = bed.Shell("iptables -A FORWARD -i lo -j ACCEPT");
        keeper.Start();
        _ = bed.Shell("iptables -A FORWARD -j REJECT; iptables -A FORWARD -m comment --comment 'flanneld forward' -j FLANNEL-FWD");
        keeper.Pass();
        Assert.Equal(
            ["-i lo -j ACCEPT", $"{Fwd} -j FLANNEL-FWD", "-j REJECT --reject-with icmp-port-unreachable"],
            RulesOf(bed.Iptables(), "FORWARD").Take(3));
    });

    [Fact]
    public void Rules_of_others_stay_as_they_are() => Run(bed =>
    {
        _ = bed.Shell(
            """
            iptables -N DOCKER-USER; iptables -A FORWARD -j DOCKER-USER; iptables -A DOCKER-USER -s 192.0.2.1/32 -j DROP
            iptables -t nat -A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE; iptables -t mangle -A FORWARD -j MARK --set-xmark 0x1/0x1
            """);
        string[] others = bed.Iptables();
        bed.Keeper().Start();
        bed.Keeper(FirewallBed.All with { Masquerade = false, Forward = false }).Start();

        // ip6tables had no tables before; an empty one is left.
        Assert.Equal(others, bed.Iptables().Take(others.Length));
        Assert.DoesNotContain(bed.Iptables(), line => line.Contains("flannel", StringComparison.OrdinalIgnoreCase));
    });

    [Fact]
    public void Several_daemons_share_the_chains() => Run(bed =>
    {
        FirewallKeeper first = bed.Keeper();
        FirewallKeeper second = bed.Keeper(network: "10.12.0.0/16", subnet: "10.12.3.0/24", ipv6: false);
        first.Start();
        second.Start();
        int writes = bed.Writes;
        first.Pass();
        second.Pass();
        Assert.Equal(writes, bed.Writes);
        Assert.Equal((0, 0), (first.Status.Repairs, second.Status.Repairs));
        Assert.Equal(6 + 5, RulesOf(bed.Iptables(), "FLANNEL-POSTRTG").Count(rule => !rule.Contains("fd05", StringComparison.Ordinal)
            && !rule.Contains("mark", StringComparison.Ordinal)) + 1);

        // One that ends its rules leaves the other's.
        bed.Keeper(FirewallBed.All with { Masquerade = false, Forward = false }).Start();
        Assert.Equal(
            ["-s 10.12.0.0/16", "-d 10.12.0.0/16"],
            RulesOf(bed.Iptables(), "FLANNEL-FWD").Select(rule => string.Join(' ', rule.Split(' ').Take(2))));
        writes = bed.Writes;
        second.Pass();
        Assert.Equal(writes, bed.Writes);
    });

    [Fact]
    public void Rules_of_the_last_life_go_when_the_subnet_is_another() => Run(bed =>
    {
        bed.Keeper(subnet: "10.5.9.0/24", network: "10.5.0.0/17").Start();
        bed.Keeper(previous: SubnetFile.Parse("FLANNEL_NETWORK=10.5.0.0/17\nFLANNEL_SUBNET=10.5.9.1/24\n", "")).Start();
        Assert.Equal(Golden.Order(), bed.Iptables().Order());
    });

    [Fact]
    public void Networks_can_be_left_unmasqueraded() => Run(bed =>
    {
        bed.Keeper(noMasquerade: "\"192.168.0.0/16\",\"fd99::/16\"").Start();
        string[] rules = RulesOf(bed.Iptables(), "FLANNEL-POSTRTG");
        Assert.Equal($"-s 10.5.0.0/16 -d 192.168.0.0/16 {Masq} -j RETURN", rules[4]);
        Assert.Contains($"-s fd05::/56 -d fd99::/16 {Masq} -j RETURN", rules);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_switch_of_modes_leaves_nothing_of_the_other(bool toNftables) => Run(bed =>
    {
        bed.Keeper(nftables: !toNftables).Start();
        bed.Keeper(nftables: toNftables).Start();
        Assert.Equal(!toNftables, bed.Iptables().Any(line => line.Contains("FLANNEL", StringComparison.Ordinal)));
        Assert.Equal(toNftables, bed.Nft("ip flannel-ipv4").Length > 0);
        Assert.Equal(toNftables, bed.Nft("ip6 flannel-ipv6").Length > 0);
    });

    [Theory]
    [InlineData("iptables -P FORWARD DROP", null)]
    [InlineData("iptables -A FORWARD -p tcp --dport 22 -j DROP", null)]
    [InlineData("iptables -A FORWARD -s 192.0.2.0/24 -j DROP", null)]
    [InlineData("iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP", null)]
    [InlineData("iptables -A FORWARD -j REJECT --reject-with icmp-host-prohibited", "-A FORWARD -j REJECT --reject-with icmp-host-prohibited")]
    [InlineData("iptables -A FORWARD -s 10.0.0.0/8 -m comment --comment 'no lab' -j DROP", "-s 10.0.0.0/8 -m comment --comment \"no lab\" -j DROP")]
    [InlineData("iptables -A FORWARD ! -s 192.0.2.0/24 -j DROP", "! -s 192.0.2.0/24 -j DROP")]
    [InlineData("nft add table inet f; nft add chain inet f other '{ type filter hook forward priority 5; policy drop; }'", "chain other of nftables' table inet f")]
    public void What_stops_the_overlay_is_said_once(string rule, string? said) => Run(bed =>
    {
        _ = bed.Shell(rule);
        FirewallKeeper keeper = bed.Keeper();
        keeper.Start();
        keeper.Pass();
        string[] lines = [.. bed.Logger.Lines.Where(line => line.Contains("stops forwarded packets", StringComparison.Ordinal))];
        if (said is null)
            Assert.Empty(lines);
        else
            Assert.Contains(lines, line => line.Contains(said, StringComparison.Ordinal));

        Assert.Equal(lines.Distinct(), lines);
    });

    /// <summary>Where commands are looked for; null for the usual places.</summary>
    private protected virtual string? Path => null;

    private void Run(Action<FirewallBed> test) => FirewallBed.Run(test, Path);

    private static string[] RulesOf(IEnumerable<string> lines, string chain) =>
    [
        .. lines.Where(line => line.StartsWith($"-A {chain} ", StringComparison.Ordinal)).Select(line => line[$"-A {chain} ".Length..]),
    ];
}

using System.Net;
using FastFlannel.Control;

namespace FastFlannel.Fuzz.Tests;

/// <summary>What the host's firewall commands print, which others' rules make up the most of.</summary>
internal static class FirewallTargets
{
    private static readonly FirewallFamily Family = new(
        IPNetwork.Parse("10.5.0.0/16"), IPNetwork.Parse("10.5.16.0/24"), [IPNetwork.Parse("10.0.0.0/8")], [IPNetwork.Parse("10.9.0.0/16")]);

    private static readonly FirewallOptions Options = new(
        Masquerade: true, IsFullyRandom: true, Forward: true, Blackhole: false, TimeSpan.FromSeconds(5));

    private static readonly string[] Words =
    [
        "*nat\n", "*filter\n", "COMMIT\n", ":FORWARD DROP [0:0]\n", ":POSTROUTING ACCEPT [0:0]\n", ":FLANNEL-FWD - [0:0]\n",
        ":FLANNEL-POSTRTG - [0:0]\n", "-A FORWARD ", "-A POSTROUTING ", "-A FLANNEL-FWD ", "-A FLANNEL-POSTRTG ", "-A DOCKER-USER ",
        "-m comment --comment \"flanneld forward\" -j FLANNEL-FWD\n", "-m comment --comment \"flanneld masq\" -j FLANNEL-POSTRTG\n",
        "-m comment --comment ", "\"two words\"", "\"", "! ", "-s 10.5.0.0/16 ", "-d 10.9.0.0/16 ", "-s 0.0.0.0/0 ", "-j DROP", "-j REJECT",
        "-j ACCEPT", "-j ", "-g ", "-m mark --mark 0x4000/0x4000 ", "\n", " ", "table ip filter {\n", "table inet firewalld {\n", "chain forward {\n",
        "type filter hook forward priority filter; policy drop;\n", "ip saddr 10.5.0.0/16 accept\n", "drop\n", "reject with icmpx admin-prohibited\n",
        "counter packets 0 bytes 0 drop\n", "}\n", "\n%%\n", "table ip flannel-ipv4 {\n",
    ];

    public static FuzzTarget Iptables { get; } = new("iptables-save", Repair) { Words = Words, Cost = 4 };

    public static FuzzTarget Nftables { get; } = new("nft-list", LookAtNft) { Words = Words, Cost = 2 };

    private static string Repair(Span<byte> input)
    {
        string text = TextInput.Of(input);
        var now = IptablesSnapshot.Parse(text);
        string seen = $"{ForwardStops.InIptables(now, Family) is null}";
        foreach (IptablesChain wanted in new[]
        {
            IptablesChain.Masquerade(Family, Options), IptablesChain.Forward(Family, Options), IptablesChain.NoMasquerade, IptablesChain.NoForward,
        })
        {
            foreach (IReadOnlyList<IPNetwork>? networks in new[] { Family.All, null })
                seen += $" {RepairOne(text, now, wanted, networks)}";
        }

        return seen;
    }

    /// <summary>Once repaired, there is nothing to repair; and what others have is left alone.</summary>
    private static int RepairOne(string text, IptablesSnapshot now, IptablesChain wanted, IReadOnlyList<IPNetwork>? networks)
    {
        IReadOnlyList<string> lines = IptablesRepair.Lines(now, wanted, networks);
        _ = IptablesRepair.OwnRules(now, wanted, networks).Count();
        var tables = new NaiveIptables(text);
        tables.Restore(wanted.Table, lines);
        var after = IptablesSnapshot.Parse(tables.ToString());

        // A chain that somebody else's rule leads to cannot be deleted, and is emptied each time; one of its own only goes before it.
        IReadOnlyList<string> again = IptablesRepair.Lines(after, wanted, networks);
        if (wanted.Rules.Count == 0)
        {
            tables.Restore(wanted.Table, again);
            again = IptablesRepair.Lines(IptablesSnapshot.Parse(tables.ToString()), wanted, networks);
        }

        if (wanted.Rules.Count > 0 || !tables.IsReferred(wanted.Table, wanted.Name))
            Hold.Same("", string.Join("; ", again), "what is still to be repaired");

        if (wanted.Rules.Count > 0)
        {
            Hold.Same(1, after.RulesOf(wanted.Table, wanted.Base)!.Count(rule => rule == wanted.Jump));
            Hold.That(wanted.Rules.All(rule => after.RulesOf(wanted.Table, wanted.Name)!.Contains(rule)));
        }

        Hold.That(ForwardStops.InIptables(after, Family) is null or { Length: > 0 });
        return Math.Min(lines.Count, 5);
    }

    /// <summary>The answers to <c>nft list chains</c>, to <c>list chain</c> and to <c>list table</c>.</summary>
    private static string LookAtNft(Span<byte> input)
    {
        string[] parts = TextInput.Split(input, 3);
        var tools = new Answers(parts[0], parts[1], parts[2]);
        string? stop = ForwardStops.InNftables(tools, Family, except: "ip filter");
        var firewall = new NftablesFirewall(tools, Options);
        bool isWritten;
        try
        {
            isWritten = firewall.Apply(Family);
            Hold.That(!firewall.Apply(Family));
        }
        catch (FirewallException)
        {
            return "refused";
        }

        return $"{stop is null}, {firewall.StopOf(Family) is null}, {isWritten}, {Math.Min(tools.Runs, 12)}";
    }

    /// <summary>Commands that always print the same.</summary>
    private sealed class Answers(string chains, string chain, string table) : IFirewallTools
    {
        public int Runs { get; private set; }

        public bool Has(string tool) => true;

        public ToolAnswer Run(string tool, IReadOnlyList<string> arguments, string input = "")
        {
            Runs++;
            return new ToolAnswer(0, arguments switch
            {
                ["list", "chains"] => chains,
                ["list", "chain", ..] => chain,
                ["list", "table", ..] => table,
                _ => "",
            }, "");
        }
    }
}

namespace FastFlannel.Control;

/// <summary>The table of nftables mode, in the words of <c>nft list table</c> (flannel, e2e/rules.go).</summary>
internal static class NftablesRules
{
    /// <summary>Its lines, without their indentation; none when there is nothing to keep.</summary>
    public static IReadOnlyList<string> Table(FirewallFamily family, FirewallOptions options)
    {
        if (!options.HasRules)
            return [];

        string name = family.NftFamily;
        (string network, string own) = (family.Network.ToString(), family.Own.ToString());
        string masquerade = options.IsFullyRandom ? "masquerade fully-random" : "masquerade";
        List<string> lines =
        [
            $"table {name} {family.NftTable} {{",
            $"comment \"rules for {family.NftTable}\"",
        ];
        if (options.Forward)
        {
            lines.AddRange(
            [
                "chain forward {",
                "comment \"chain to accept flannel traffic\"",
                "type filter hook forward priority filter; policy accept;",
                $"{name} saddr {network} accept",
                $"{name} daddr {network} accept",
                "}",
            ]);
        }

        if (options.Masquerade)
        {
            lines.AddRange(
            [
                "chain postrtg {",
                "comment \"chain to manage traffic masquerading by flannel\"",
                "type nat hook postrouting priority srcnat; policy accept;",
                "meta mark 0x00004000 return",
                $"{name} saddr {own} {name} daddr {network} return",
                $"{name} saddr {network} {name} daddr {own} return",
                $"{name} saddr != {own} {name} daddr {network} return",
                .. family.Unmasqueraded.Select(other => $"{name} saddr {network} {name} daddr {other} return"),
                $"{name} saddr {network} {name} daddr != {family.Multicast} {masquerade}",
                $"{name} saddr != {network} {name} daddr {network} {masquerade}",
                "}",
            ]);
        }

        lines.Add("}");
        return lines;
    }
}

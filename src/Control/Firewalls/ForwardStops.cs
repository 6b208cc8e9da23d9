using System.Net;

namespace FastFlannel.Control;

/// <summary>
/// What others have in force that stops forwarded packets of the overlay before, or whatever, our rules say. Only what stops all of
/// them is found: rules about a protocol, an interface or a connection's state are somebody's filter, which is none of our business.
/// </summary>
internal static class ForwardStops
{
    /// <summary>The first rule in front of our jump that refuses the overlay's packets.</summary>
    /// <returns>It and where it is, for people; null when there is none.</returns>
    public static string? InIptables(IptablesSnapshot now, FirewallFamily family)
    {
        foreach (string rule in now.RulesOf("filter", "FORWARD") ?? [])
        {
            if (rule == IptablesChain.NoForward.Jump)
                return null;

            if (Stops(rule, family.Network))
                return $"the rule '-A FORWARD {rule}' in front of flannel's; put it behind with {family.Iptables} -D and -A FORWARD";
        }

        return null;
    }

    /// <summary>
    /// The first chain of nftables, besides our own, that refuses what it does not know. In nftables every chain of a hook has to
    /// accept a packet; no rule of ours can overrule another's.
    /// </summary>
    /// <param name="tools">The host's commands.</param>
    /// <param name="family">Whose packets.</param>
    /// <param name="except">Another table, as <c>ip filter</c>, that is not to be looked at.</param>
    /// <exception cref="FirewallException">The chains cannot be read.</exception>
    public static string? InNftables(IFirewallTools tools, FirewallFamily family, string? except = null)
    {
        string[] tables = [family.NftFamily, "inet"];
        foreach ((string table, string chain) in ForwardChains(tools.Run("nft", ["list", "chains"]).OrThrow("nft list chains")))
        {
            string[] name = table.Split(' ');
            if (table == except || name.Length != 2 || !tables.Contains(name[0]) || name[1] == family.NftTable)
                continue;

            string[] lines = Lines(tools.Run("nft", ["list", "chain", name[0], name[1], chain]).OrThrow($"nft list chain {table} {chain}"));
            bool accepts = lines.Any(line => line.Contains(family.Network.ToString(), StringComparison.Ordinal) && line.EndsWith("accept", StringComparison.Ordinal));
            if (lines.FirstOrDefault(line => IsStop(line) || (line.Contains("policy drop", StringComparison.Ordinal) && !accepts)) is { } stop)
            {
                return $"'{WithoutCounts(stop)}' in chain {chain} of nftables' table {table}; accept {family.Network} there "
                    + $"(nft insert rule {table} {chain} {family.NftFamily} saddr {family.Network} accept, and daddr)";
            }
        }

        return null;
    }

    private static bool Stops(string rule, IPNetwork network)
    {
        string[] words = rule.Split(' ');
        for (int i = 0; i < words.Length; i++)
        {
            bool isNot = words[i] == "!" && i + 1 < words.Length;
            if (isNot)
                i++;

            switch (words[i])
            {
                case "-s" or "-d" when i + 1 < words.Length && IPNetwork.TryParse(words[i + 1], out IPNetwork other):
                    bool isInside = other.PrefixLength <= network.PrefixLength && other.Contains(network.BaseAddress);
                    if (isInside == isNot)
                        return false;

                    i++;
                    break;
                case "-m" when words[(i + 1)..] is ["comment", "--comment", _, ..]:
                    i = AfterComment(words, i + 3);
                    break;
                case "-j":
                    return !isNot && words[(i + 1)..] is ["DROP" or "REJECT", ..];
                default:
                    return false;
            }
        }

        return false;
    }

    /// <summary>A comment of several words is in quotes.</summary>
    private static int AfterComment(string[] words, int i)
    {
        if (words[i].StartsWith('"'))
        {
            while (i < words.Length - 1 && !(words[i].Length > 1 && words[i].EndsWith('"')))
                i++;
        }

        return i;
    }

    private static bool IsStop(string line) =>
        line is "drop" or "reject"
        || line.StartsWith("reject with ", StringComparison.Ordinal)
        || (line.StartsWith("counter packets ", StringComparison.Ordinal) && line.Split(' ') is [_, _, _, _, _, "drop" or "reject", ..]);

    /// <summary>The same rule with more packets counted is no news.</summary>
    private static string WithoutCounts(string line) => line.Split(' ') is ["counter", "packets", _, "bytes", _, .. var rest]
        ? $"counter {string.Join(' ', rest)}"
        : line;

    private static IEnumerable<(string Table, string Chain)> ForwardChains(string listing)
    {
        string table = "";
        string chain = "";
        foreach (string line in Lines(listing))
        {
            if (line.StartsWith("table ", StringComparison.Ordinal))
                table = line[6..].TrimEnd('{', ' ');
            else if (line.StartsWith("chain ", StringComparison.Ordinal))
                chain = line[6..].TrimEnd('{', ' ');
            else if (line.Contains(" hook forward ", StringComparison.Ordinal))
                yield return (table, chain);
        }
    }

    private static string[] Lines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

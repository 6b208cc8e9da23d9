using System.Net;

namespace FastFlannel.Control;

/// <summary>
/// The difference between what a chain of ours shall be and what it is, as <c>iptables-restore</c> reads it. Several daemons on a host
/// share the chains, as flanneld's do: rules with our comment about none of our networks are another daemon's, and stay.
/// Whatever else is in a chain of ours does not belong there.
/// </summary>
internal static class IptablesRepair
{
    /// <summary>The lines for the chain's table, without its beginning and end; none when all is as it shall be.</summary>
    /// <param name="now">What there is.</param>
    /// <param name="wanted">What shall be.</param>
    /// <param name="networks">Those that our rules are or were about; null to take every daemon's for ours.</param>
    public static IReadOnlyList<string> Lines(IptablesSnapshot now, IptablesChain wanted, IReadOnlyCollection<IPNetwork>? networks)
    {
        IReadOnlyList<string>? chain = now.RulesOf(wanted.Table, wanted.Name);
        string[] others = [.. (chain ?? []).Where(rule => IsOthers(rule, wanted, networks))];
        return wanted.Rules.Count > 0 ? Keep(now, wanted, chain, others) : Remove(now, wanted, chain, others);
    }

    /// <summary>What is ours among a chain's rules, or at least no other daemon's.</summary>
    public static IEnumerable<string> OwnRules(
        IptablesSnapshot now, IptablesChain wanted, IReadOnlyCollection<IPNetwork>? networks) =>
        (now.RulesOf(wanted.Table, wanted.Name) ?? []).Where(rule => !IsOthers(rule, wanted, networks));

    private static List<string> Keep(
        IptablesSnapshot now, IptablesChain wanted, IReadOnlyList<string>? chain, string[] others)
    {
        int[] jumps = JumpsOf(now, wanted);
        bool isRight = chain is not null && chain.Where(rule => !others.Contains(rule)).SequenceEqual(wanted.Rules);
        if (isRight && jumps.Length == 1)
            return [];

        List<string> lines = [];
        if (!isRight)
        {
            // Naming a chain of one's own makes it, or empties it.
            lines.Add($":{wanted.Name} - [0:0]");
            lines.AddRange(wanted.Rules.Concat(others).Select(rule => $"-A {wanted.Name} {rule}"));
        }

        if (jumps.Length == 0)
            lines.Add($"-A {wanted.Base} {wanted.Jump}");

        // By what it says and not by its place: others' rules may have moved since they were read.
        if (jumps.Length > 1)
        {
            lines.AddRange(Enumerable.Repeat($"-D {wanted.Base} {wanted.Jump}", jumps.Length));
            lines.Add($"-I {wanted.Base} {jumps[0] + 1} {wanted.Jump}");
        }

        return lines;
    }

    private static List<string> Remove(
        IptablesSnapshot now, IptablesChain wanted, IReadOnlyList<string>? chain, string[] others)
    {
        if (chain is null)
            return [];

        if (others.Length > 0)
        {
            string[] left = [.. chain.Where(rule => others.Contains(rule) || IsAboutNone(rule))];
            return left.Length == chain.Count
                ? []
                : [$":{wanted.Name} - [0:0]", .. left.Select(rule => $"-A {wanted.Name} {rule}")];
        }

        int jumps = JumpsOf(now, wanted).Length;
        List<string> lines = [$":{wanted.Name} - [0:0]"];
        lines.AddRange(Enumerable.Repeat($"-D {wanted.Base} {wanted.Jump}", jumps));
        if (now.ReferencesTo(wanted.Table, wanted.Name) == jumps)
            lines.Add($"-X {wanted.Name}");

        return lines;
    }

    private static int[] JumpsOf(IptablesSnapshot now, IptablesChain wanted) =>
        [.. (now.RulesOf(wanted.Table, wanted.Base) ?? []).Index().Where(rule => rule.Item == wanted.Jump).Select(rule => rule.Index)];

    private static bool IsOthers(string rule, IptablesChain chain, IReadOnlyCollection<IPNetwork>? networks) =>
        networks is not null
        && rule.Contains(chain.Mark, StringComparison.Ordinal)
        && !IsAboutNone(rule)
        && !rule.Split(' ').Any(word => networks.Any(network => word == network.ToString()));

    /// <summary>The rule for what kube-proxy marks is every daemon's.</summary>
    private static bool IsAboutNone(string rule) => rule.StartsWith("-m mark ", StringComparison.Ordinal);
}

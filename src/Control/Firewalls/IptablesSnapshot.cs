namespace FastFlannel.Control;

/// <summary>What <c>iptables-save</c> printed: the chains of every table that there is.</summary>
internal sealed class IptablesSnapshot
{
    private readonly Dictionary<(string Table, string Chain), List<string>> _rules = [];

    /// <summary>Reads it. What is neither a table, a chain nor a rule is passed over.</summary>
    public static IptablesSnapshot Parse(string text)
    {
        var snapshot = new IptablesSnapshot();
        string table = "";
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] words = line.Split(' ', 3);
            if (line[0] == '*')
            {
                table = line[1..];
            }
            else if (line[0] == ':' && words.Length >= 2)
            {
                _ = snapshot.Chain(table, words[0][1..]);
            }
            else if (words is ["-A", var chain, var rule])
            {
                snapshot.Chain(table, chain).Add(rule);
            }
        }

        return snapshot;
    }

    /// <summary>A chain's rules in order, without <c>-A</c> and its name; null when there is no such chain.</summary>
    public IReadOnlyList<string>? RulesOf(string table, string chain) => _rules.GetValueOrDefault((table, chain));

    /// <summary>How many rules of a table lead to a chain.</summary>
    public int ReferencesTo(string table, string chain) => _rules
        .Where(rules => rules.Key.Table == table)
        .Sum(rules => rules.Value.Count(rule => rule.Split(' ') is [.., "-j" or "-g", var target] && target == chain));

    private List<string> Chain(string table, string name)
    {
        if (!_rules.TryGetValue((table, name), out List<string>? rules))
            _rules[(table, name)] = rules = [];

        return rules;
    }
}

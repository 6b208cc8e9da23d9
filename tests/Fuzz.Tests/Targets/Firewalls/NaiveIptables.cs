using System.Globalization;

namespace FastFlannel.Fuzz.Tests;

/// <summary>What <c>iptables-restore --noflush</c> would make of lines, on the text of <c>iptables-save</c>.</summary>
internal sealed class NaiveIptables
{
    private readonly List<(string Table, string Chain, string Policy, List<string> Rules)> _chains = [];

    public NaiveIptables(string saved)
    {
        string table = "";
        foreach (string line in saved.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] words = line.Split(' ', 3);
            if (line[0] == '*')
                table = line[1..];
            else if (line[0] == ':' && words.Length >= 2)
                _ = Chain(table, words[0][1..], words[1]);
            else if (words is ["-A", var chain, var rule])
                Chain(table, chain).Add(rule);
        }
    }

    /// <summary>Whether a rule leads to a chain.</summary>
    public bool IsReferred(string table, string chain) => _chains.Any(
        one => one.Table == table && one.Rules.Any(rule => rule.Split(' ') is [.., "-j" or "-g", var to] && to == chain));

    public void Restore(string table, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            string[] words = line.Split(' ', 3);
            string name = words[0].StartsWith(':') ? words[0][1..] : words[1];
            List<string> rules = Chain(table, name);
            switch (words[0])
            {
                case "-A":
                    rules.Add(words[2]);
                    break;
                case "-D":
                    Hold.That(rules.Remove(words[2]), "a rule that is deleted is there");
                    break;
                case "-I":
                    string[] place = words[2].Split(' ', 2);
                    rules.Insert(int.Parse(place[0], CultureInfo.InvariantCulture) - 1, place[1]);
                    break;
                case "-X":
                    Hold.That(rules.Count == 0 && !IsReferred(table, name), "a chain that is deleted is empty and nobody's target");
                    _ = _chains.RemoveAll(one => one.Table == table && one.Chain == name);
                    break;
                default:
                    Hold.That(words[0][0] == ':', "the line is one of those that are known");
                    rules.Clear();
                    break;
            }
        }
    }

    public override string ToString() => string.Concat(_chains.Select(one =>
        $"*{one.Table}\n:{one.Chain} {one.Policy} [0:0]\n{string.Concat(one.Rules.Select(rule => $"-A {one.Chain} {rule}\n"))}"));

    private List<string> Chain(string table, string name, string policy = "-")
    {
        int index = _chains.FindIndex(one => one.Table == table && one.Chain == name);
        if (index < 0)
        {
            index = _chains.Count;
            _chains.Add((table, name, policy, []));
        }

        return _chains[index].Rules;
    }
}

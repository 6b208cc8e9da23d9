using System.Net;
using System.Text.RegularExpressions;

namespace FastFlannel.Control;

/// <summary>iptables or ip6tables of this host.</summary>
internal sealed partial class IptablesTool(IFirewallTools tools, string name)
{
    // --random-fully and iptables-restore --wait are as old as this.
    private static readonly Version Modern = new(1, 6, 2);

    private bool? _isModern;

    /// <summary>Whether there is such a command.</summary>
    public bool Exists => tools.Has(name);

    /// <summary>Whether it can choose ports at random, and wait for its lock.</summary>
    /// <exception cref="FirewallException">There is none.</exception>
    public bool IsModern => _isModern ??= VersionOf(tools.Run(name, ["--version"]).OrThrow($"{name} --version")) >= Modern;

    /// <summary>Reads the rules of every table that there is.</summary>
    /// <exception cref="FirewallException">They cannot be read.</exception>
    public IptablesSnapshot Read() => IptablesSnapshot.Parse(tools.Run($"{name}-save", []).OrThrow($"reading rules with {name}-save"));

    /// <summary>Writes what chains lack, all at once; each table's part is in force in one step or not at all.</summary>
    /// <param name="now">What there is.</param>
    /// <param name="chains">What shall be.</param>
    /// <param name="networks">As for <see cref="IptablesRepair.Lines"/>.</param>
    /// <returns>The chains that were written.</returns>
    /// <exception cref="FirewallException">The kernel or the command refused.</exception>
    public IReadOnlyList<IptablesChain> Write(
        IptablesSnapshot now, IEnumerable<IptablesChain> chains, IReadOnlyCollection<IPNetwork>? networks)
    {
        List<string> input = [];
        List<IptablesChain> written = [];
        foreach (IptablesChain chain in chains)
        {
            IReadOnlyList<string> lines = IptablesRepair.Lines(now, chain, networks);
            if (lines.Count == 0)
                continue;

            input.AddRange([$"*{chain.Table}", .. lines, "COMMIT"]);
            written.Add(chain);
        }

        if (written.Count > 0)
        {
            string[] arguments = IsModern ? ["--noflush", "--wait"] : ["--noflush"];
            _ = tools.Run($"{name}-restore", arguments, string.Join('\n', input) + "\n").OrThrow($"writing rules with {name}-restore");
        }

        return written;
    }

    private static Version VersionOf(string said) =>
        VersionNumber().Match(said) is { Success: true } match ? Version.Parse(match.Groups[1].Value) : new Version();

    [GeneratedRegex(@"v(\d+\.\d+\.\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex VersionNumber();
}

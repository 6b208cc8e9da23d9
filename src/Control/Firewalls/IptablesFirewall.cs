namespace FastFlannel.Control;

/// <summary>
/// The rules in iptables: flanneld's chains and rules in flanneld's order. One read of all tables shows what is in force; only a
/// difference is written.
/// </summary>
internal sealed class IptablesFirewall(IFirewallTools tools, FirewallOptions options) : IFirewall
{
    private readonly Dictionary<string, IptablesTool> _tools = new(StringComparer.Ordinal)
    {
        ["iptables"] = new(tools, "iptables"),
        ["ip6tables"] = new(tools, "ip6tables"),
    };

    // By command and chain: our rules in the words in which this command prints them.
    private readonly Dictionary<(string Tool, string Chain), IReadOnlyList<string>> _printed = [];
    private readonly Dictionary<string, string?> _stops = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _otherStops = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Mode => "iptables";

    /// <inheritdoc/>
    public void LeaveOtherMode(IReadOnlyList<FirewallFamily> families) => NftablesFirewall.Remove(tools, families, static _ => { });

    /// <inheritdoc/>
    public bool Apply(FirewallFamily family)
    {
        IptablesTool tool = _tools[family.Iptables];
        if (!options.HasRules && !tool.Exists)
            return false;

        IptablesChain[] chains = ChainsOf(family, tool);
        IptablesSnapshot now = tool.Read();
        IReadOnlyList<IptablesChain> written = tool.Write(now, chains, family.All);
        if (written.Count > 0)
        {
            now = tool.Read();
            foreach (IptablesChain chain in written)
                LearnWords(family, chain, now);
        }

        _stops[family.Iptables] = options.Forward ? ForwardStops.InIptables(now, family) ?? StopInNftables(family, written.Count > 0) : null;
        return written.Count > 0;
    }

    /// <inheritdoc/>
    public string? StopOf(FirewallFamily family) => _stops.GetValueOrDefault(family.Iptables);

    /// <summary>Takes rules away.</summary>
    /// <param name="tools">The host's commands.</param>
    /// <param name="families">What the rules are about; null for those of every daemon and both families.</param>
    /// <param name="removed">Told what is gone.</param>
    /// <param name="isDry">Whether to tell only.</param>
    /// <exception cref="FirewallException">Something is there and cannot be taken away.</exception>
    public static void Remove(
        IFirewallTools tools, IReadOnlyList<FirewallFamily>? families, Action<string> removed, bool isDry = false)
    {
        foreach (string name in (string[])["iptables", "ip6tables"])
        {
            FirewallFamily? family = families?.FirstOrDefault(one => one.Iptables == name);
            var tool = new IptablesTool(tools, name);
            if (!tool.Exists || (families is not null && family is null))
                continue;

            IptablesSnapshot now = tool.Read();
            IptablesChain[] chains = [IptablesChain.NoMasquerade, IptablesChain.NoForward];
            IEnumerable<IptablesChain> there = isDry
                ? chains.Where(chain => IptablesRepair.Lines(now, chain, family?.All).Count > 0)
                : tool.Write(now, chains, family?.All);
            foreach (IptablesChain chain in there)
                removed($"{name} rules of {chain.Name}");
        }
    }

    /// <summary>Looked for at the start and when somebody has been at the rules: it takes a command a chain.</summary>
    private string? StopInNftables(FirewallFamily family, bool isNews)
    {
        if (!tools.Has("nft"))
            return null;

        if (isNews || !_otherStops.ContainsKey(family.Iptables))
            _otherStops[family.Iptables] = ForwardStops.InNftables(tools, family, except: $"{family.NftFamily} filter");

        return _otherStops[family.Iptables];
    }

    private IptablesChain[] ChainsOf(FirewallFamily family, IptablesTool tool)
    {
        FirewallOptions able = options with { IsFullyRandom = options.IsFullyRandom && (!options.Masquerade || tool.IsModern) };
        return
        [
            .. new[] { IptablesChain.Masquerade(family, able), IptablesChain.Forward(family, able) }.Select(chain =>
                _printed.TryGetValue((family.Iptables, chain.Name), out IReadOnlyList<string>? printed)
                    ? chain with { Rules = printed }
                    : chain),
        ];
    }

    /// <summary>Another release of the command may print a rule in other words than it was given; no reason to write it again.</summary>
    private void LearnWords(FirewallFamily family, IptablesChain chain, IptablesSnapshot now)
    {
        string[] printed = [.. IptablesRepair.OwnRules(now, chain, family.All)];
        if (chain.Rules.Count > 0 && printed.Length == chain.Rules.Count)
            _printed[(family.Iptables, chain.Name)] = printed;
    }
}

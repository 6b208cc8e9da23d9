namespace FastFlannel.Control;

/// <summary>
/// The rules in nftables: flanneld's tables, one a family, each read whole, and written whole in one transaction when it differs.
/// The tables have one name for all daemons of a host, so that only one of them can use this mode.
/// </summary>
internal sealed class NftablesFirewall(IFirewallTools tools, FirewallOptions wanted) : IFirewall
{
    private const string Tool = "nft";

    private static readonly (string Family, string Name)[] Tables = [("ip", "flannel-ipv4"), ("ip6", "flannel-ipv6")];

    // By table: our lines in the words in which this release of nft prints them.
    private readonly Dictionary<string, IReadOnlyList<string>> _printed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _stops = new(StringComparer.Ordinal);

    // What is wanted, as far as this kernel and this release of nft can do it.
    private FirewallOptions _options = wanted;

    /// <inheritdoc/>
    public string Mode => "nftables";

    /// <inheritdoc/>
    public void LeaveOtherMode(IReadOnlyList<FirewallFamily> families) =>
        IptablesFirewall.Remove(tools, families, static _ => { });

    /// <inheritdoc/>
    public bool Apply(FirewallFamily family)
    {
        if (!_options.HasRules)
            return tools.Has(Tool) && RemoveOwn(family);

        bool isWritten = Keep(family);
        if (isWritten || !_stops.ContainsKey(family.NftTable))
            _stops[family.NftTable] = _options.Forward ? ForwardStops.InNftables(tools, family) : null;

        return isWritten;
    }

    /// <inheritdoc/>
    public string? StopOf(FirewallFamily family) => _stops.GetValueOrDefault(family.NftTable);

    /// <summary>Takes tables away.</summary>
    /// <param name="tools">The host's commands.</param>
    /// <param name="families">What their rules are about; null for whatever they are about.</param>
    /// <param name="removed">Told what is gone.</param>
    /// <param name="isDry">Whether to tell only.</param>
    /// <exception cref="FirewallException">One is there and cannot be taken away.</exception>
    public static void Remove(
        IFirewallTools tools, IReadOnlyList<FirewallFamily>? families, Action<string> removed, bool isDry = false)
    {
        if (!tools.Has(Tool))
            return;

        foreach ((string family, string table) in Tables)
        {
            if (Read(tools, family, table) is not { } now || !(families?.Any(one => IsAbout(now, one)) ?? true))
                continue;

            if (!isDry)
                Delete(tools, family, table);

            removed($"nftables table {family} {table}");
        }
    }

    private bool Keep(FirewallFamily family)
    {
        string table = family.NftTable;
        IReadOnlyList<string>? now = Read(tools, family.NftFamily, table);
        bool isKnown = _printed.TryGetValue(table, out IReadOnlyList<string>? wanted);
        if (now is not null && now.SequenceEqual(wanted ?? NftablesRules.Table(family, _options)))
            return false;

        if (isKnown && now is not null && !IsAbout(now, family))
        {
            throw new FirewallException(
                $"nftables' table {family.NftFamily} {table} has another network's rules by now, so another daemon of this host writes it. "
                + "Only one daemon of a host can use nftables; leave EnableNFTables out of the others' network configs");
        }

        Write(family);
        _printed[table] = Read(tools, family.NftFamily, table) ?? [];
        return true;
    }

    private bool RemoveOwn(FirewallFamily family)
    {
        if (Read(tools, family.NftFamily, family.NftTable) is not { } now || !IsAbout(now, family))
            return false;

        Delete(tools, family.NftFamily, family.NftTable);
        return true;
    }

    private void Write(FirewallFamily family)
    {
        ToolAnswer answer = Send(NftablesRules.Table(family, _options));
        if (answer.ExitCode != 0 && _options.IsFullyRandom && _options.Masquerade)
        {
            // An old kernel or an old nft knows no fully-random.
            FirewallOptions plain = _options with { IsFullyRandom = false };
            ToolAnswer second = Send(NftablesRules.Table(family, plain));
            if (second.ExitCode == 0)
                (answer, _options) = (second, plain);
        }

        _ = answer.OrThrow($"writing nftables' table {family.NftFamily} {family.NftTable}");

        // Making it first lets the deletion succeed when there was none.
        ToolAnswer Send(IReadOnlyList<string> lines) => tools.Run(
            Tool,
            ["-f", "-"],
            $"add table {family.NftFamily} {family.NftTable}\ndelete table {family.NftFamily} {family.NftTable}\n{string.Join('\n', lines)}\n");
    }

    /// <summary>A table's lines without their indentation; null when there is no such table.</summary>
    private static string[]? Read(IFirewallTools tools, string family, string table)
    {
        ToolAnswer answer = tools.Run(Tool, ["list", "table", family, table]);
        if (answer.ExitCode != 0 && answer.Errors.Contains("No such file or directory", StringComparison.Ordinal))
            return null;

        return answer.OrThrow($"nft list table {family} {table}")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static void Delete(IFirewallTools tools, string family, string table) =>
        _ = tools.Run(Tool, ["delete", "table", family, table]).OrThrow($"nft delete table {family} {table}");

    private static bool IsAbout(IReadOnlyList<string> lines, FirewallFamily family) =>
        lines.SelectMany(line => line.Split(' ')).Any(word => family.All.Any(network => word == network.ToString()));
}

namespace FastFlannel.Control;

/// <summary>A chain of ours in iptables, in the words of <c>iptables-save</c>.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Base">The chain of the kernel's that jumps to it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Comment">What every rule of it says.</param>
/// <param name="Rules">What shall be in it, each rule without <c>-A</c> and the chain's name; none when it shall not be there.</param>
internal sealed record IptablesChain(string Table, string Base, string Name, string Comment, IReadOnlyList<string> Rules)
{
    /// <summary>The chain that masquerades, away.</summary>
    public static IptablesChain NoMasquerade { get; } = new("nat", "POSTROUTING", "FLANNEL-POSTRTG", "flanneld masq", []);

    /// <summary>The chain that accepts, away.</summary>
    public static IptablesChain NoForward { get; } = new("filter", "FORWARD", "FLANNEL-FWD", "flanneld forward", []);

    /// <summary>How the rules say the comment.</summary>
    public string Mark => $"--comment \"{Comment}\"";

    /// <summary>The rule in <see cref="Base"/> that leads here.</summary>
    public string Jump => $"-m comment {Mark} -j {Name}";

    /// <summary>What masquerades (flannel, pkg/trafficmngr/iptables).</summary>
    public static IptablesChain Masquerade(FirewallFamily family, FirewallOptions options)
    {
        const string Mark = "-m comment --comment \"flanneld masq\"";
        string target = $"{Mark} -j MASQUERADE{(options.IsFullyRandom ? " --random-fully" : "")}";
        string[] rules =
        [
            // kube-proxy's: what it marks, it masquerades itself.
            $"-m mark --mark 0x4000/0x4000 {Mark} -j RETURN",
            $"-s {family.Own} -d {family.Network} {Mark} -j RETURN",
            $"-s {family.Network} -d {family.Own} {Mark} -j RETURN",
            $"! -s {family.Network} -d {family.Own} {Mark} -j RETURN",
            .. family.Unmasqueraded.Select(network => $"-s {family.Network} -d {network} {Mark} -j RETURN"),
            $"-s {family.Network} ! -d {family.Multicast} {target}",
            $"! -s {family.Network} -d {family.Network} {target}",
        ];
        return options.Masquerade ? NoMasquerade with { Rules = rules } : NoMasquerade;
    }

    /// <summary>What accepts the overlay's traffic where the host forwards it (flannel, pkg/trafficmngr/iptables).</summary>
    public static IptablesChain Forward(FirewallFamily family, FirewallOptions options)
    {
        const string Target = "-m comment --comment \"flanneld forward\" -j ACCEPT";
        string[] rules = [$"-s {family.Network} {Target}", $"-d {family.Network} {Target}"];
        return options.Forward ? NoForward with { Rules = rules } : NoForward;
    }
}

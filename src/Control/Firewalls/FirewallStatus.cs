namespace FastFlannel.Control;

/// <summary>How the firewall rules stand.</summary>
/// <param name="Mode"><c>iptables</c> or <c>nftables</c>.</param>
/// <param name="Repairs">How often rules were put back that somebody else had changed.</param>
/// <param name="Troubles">What is not in force, and why.</param>
public sealed record FirewallStatus(string Mode, long Repairs, IReadOnlyDictionary<string, string> Troubles);

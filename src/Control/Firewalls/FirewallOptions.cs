namespace FastFlannel.Control;

/// <summary>What the command line says about firewall rules.</summary>
/// <param name="Masquerade">Whether traffic between the overlay and elsewhere gets this host's address (<c>--ip-masq</c>).</param>
/// <param name="IsFullyRandom">Whether the ports of masqueraded traffic are chosen at random, where the tool can say so.</param>
/// <param name="Forward">Whether the overlay's traffic is accepted where the host forwards it (<c>--iptables-forward-rules</c>).</param>
/// <param name="Blackhole">Whether what nobody in the own subnet takes is discarded (<c>--ip-blackhole-route</c>).</param>
/// <param name="Resync">How often all of it is compared with what is in force.</param>
public sealed record FirewallOptions(bool Masquerade, bool IsFullyRandom, bool Forward, bool Blackhole, TimeSpan Resync)
{
    /// <summary>Whether there are rules to keep.</summary>
    internal bool HasRules => Masquerade || Forward;
}

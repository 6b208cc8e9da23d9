namespace FastFlannel.Control;

/// <summary>What the operator says about the interface to use. Texts are as given, not checked.</summary>
public sealed record InterfaceOptions
{
    /// <summary><c>--iface</c>: link names or addresses, in the order to try.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary><c>--iface-regex</c>: regular expressions for an address or a name, after <see cref="Interfaces"/>.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary><c>--iface-can-reach</c>: an address that the interface leads to, tried last; empty for none.</summary>
    public string CanReach { get; init; } = "";

    /// <summary><c>--public-ip</c>: the IPv4 address that peers send to; empty for the interface's own.</summary>
    public string PublicIP { get; init; } = "";

    /// <summary><c>--public-ipv6</c>: the IPv6 address that peers send to; empty for the interface's own.</summary>
    public string PublicIPv6 { get; init; } = "";

    /// <summary>Whether nothing says which interface.</summary>
    public bool IsOpen => Interfaces.Count == 0 && Patterns.Count == 0 && CanReach.Length == 0;
}

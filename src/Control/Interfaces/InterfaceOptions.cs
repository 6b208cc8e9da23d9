namespace FastFlannel.Control;

/// <summary>What the operator says about the interface to use.</summary>
/// <param name="Interfaces"><c>--iface</c>: link names or IPv4 addresses; the first that fits is used. May be empty.</param>
/// <param name="PublicIP"><c>--public-ip</c>: the IPv4 address that peers send to; empty for the interface's own.</param>
public sealed record InterfaceOptions(IReadOnlyList<string> Interfaces, string PublicIP = "");

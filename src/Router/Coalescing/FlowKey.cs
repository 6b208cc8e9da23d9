namespace FastFlannel.Router;

/// <summary>What the packets of one flow have in common.</summary>
/// <param name="Addresses">Source and destination, as they lie in the IPv4 header.</param>
/// <param name="Ports">Source and destination port, as they lie in the transport header.</param>
/// <param name="Protocol">TCP or UDP.</param>
internal readonly record struct FlowKey(ulong Addresses, uint Ports, byte Protocol);

namespace FastFlannel.Router;

/// <summary>What the packets of one flow have in common.</summary>
/// <param name="Addresses">
/// Source and destination, as they lie in the IPv4 header. Of IPv6 a mixture of both, so that equal keys say no more than that the
/// flow is probably the same.
/// </param>
/// <param name="Ports">Source and destination port, as they lie in the transport header.</param>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="IsIpv6">Over which IP.</param>
internal readonly record struct FlowKey(ulong Addresses, uint Ports, byte Protocol, bool IsIpv6);

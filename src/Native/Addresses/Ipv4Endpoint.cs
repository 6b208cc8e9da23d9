namespace FastFlannel.Native;

/// <summary>Where a datagram goes or comes from.</summary>
/// <param name="Address">IPv4 address, host byte order.</param>
/// <param name="Port">UDP port, host byte order.</param>
public readonly record struct Ipv4Endpoint(Ipv4Address Address, ushort Port)
{
    /// <summary><c>address:port</c>.</summary>
    public override string ToString() => $"{Address}:{Port}";
}

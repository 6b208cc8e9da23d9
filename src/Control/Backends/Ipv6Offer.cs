namespace FastFlannel.Control;

/// <summary>
/// What a host of the udp backend says in its lease so that peers send it IPv6, which flanneld would mistake for IPv4 (ADR 11).
/// </summary>
internal static class Ipv6Offer
{
    /// <summary>The lease's BackendV6Data: IPv6 packets are taken in the same datagrams as IPv4 ones.</summary>
    public const string Data = """{"Over":"IPv4"}""";

    /// <summary>Whether a host takes IPv6.</summary>
    /// <param name="host">Its lease's attributes.</param>
    public static bool IsMadeBy(LeaseAttributes host) =>
        host.BackendV6Data is { } data
        && JsonFields.Of(data, "BackendV6Data", []).Text("Over", "a protocol") is { } over
        && over.Equals("IPv4", StringComparison.OrdinalIgnoreCase);
}

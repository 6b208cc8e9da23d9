namespace FastFlannel.Control;

/// <summary>What vxlan adds to each packet, in bytes: outer IP, UDP, vxlan and inner Ethernet headers (RFC 7348).</summary>
internal static class VxlanOverhead
{
    /// <summary>Over IPv4.</summary>
    public const int IPv4 = 20 + 8 + 8 + 14;

    /// <summary>Over IPv6. The kernel limits the device's MTU accordingly.</summary>
    public const int IPv6 = 40 + 8 + 8 + 14;
}

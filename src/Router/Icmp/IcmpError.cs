namespace FastFlannel.Router;

/// <summary>An ICMP error that a router owes a packet's source (RFC 792, RFC 1812 section 5.2.7; for IPv6 RFC 4443).</summary>
/// <param name="Type">ICMP type.</param>
/// <param name="Code">ICMP code.</param>
/// <param name="TimeToLive">Of the packet that carries the error.</param>
/// <param name="NextHopMtu">Bytes, for fragmentation needed (RFC 1191); otherwise 0.</param>
public readonly record struct IcmpError(byte Type, byte Code, byte TimeToLive, ushort NextHopMtu)
{
    private const byte DestinationUnreachable = 3;
    private const byte FragmentationNeededCode = 4;
    private const byte TimeExceededType = 11;

    /// <summary>The ICMPv6 type that says the same. Its code is 0 for all that there are here.</summary>
    public byte Ipv6Type => Type == TimeExceededType ? (byte)3 : Code == FragmentationNeededCode ? (byte)2 : (byte)1;

    /// <summary>No peer leases the destination. With flannel's time to live of 8 (flannel, proxy_amd64.c).</summary>
    public static IcmpError NetUnreachable => new(DestinationUnreachable, 0, 8, 0);

    /// <summary>The time to live ran out here.</summary>
    public static IcmpError TimeExceeded => new(TimeExceededType, 0, 64, 0);

    /// <summary>The packet is too long and must not be fragmented.</summary>
    /// <param name="mtu">What would fit, in bytes.</param>
    public static IcmpError FragmentationNeeded(int mtu) =>
        new(DestinationUnreachable, FragmentationNeededCode, 64, (ushort)mtu);

    /// <summary>Whether this error is kept from all ICMP packets, as flannel does, and not from ICMP errors only.</summary>
    internal bool SparesAllIcmp => Type == DestinationUnreachable && Code == 0;
}

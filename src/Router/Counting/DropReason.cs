namespace FastFlannel.Router;

/// <summary>Why a packet was not forwarded.</summary>
public enum DropReason
{
    /// <summary>It was forwarded.</summary>
    None,

    /// <summary>
    /// Not IPv4, nor IPv6 where the network has it. The kernel itself sends IPv6 router solicitations to every device that is up.
    /// </summary>
    NotIpv4,

    /// <summary>Shorter than its header says, or cut off by a buffer.</summary>
    Truncated,

    /// <summary>A header that contradicts itself or the datagram's length.</summary>
    Malformed,

    /// <summary>The header's checksum is wrong.</summary>
    BadChecksum,

    /// <summary>Came from outside with this host's own overlay address as its source.</summary>
    OwnSource,

    /// <summary>Came from an address that is no peer's public address.</summary>
    UnknownPeer,

    /// <summary>Came from a peer's public address, but not from its port.</summary>
    WrongPort,

    /// <summary>Came from a peer, for a destination outside of this host's subnet.</summary>
    NotForHere,

    /// <summary>Came from a peer with a source outside of that peer's subnet, where the config wants none of these.</summary>
    ForeignSource,

    /// <summary>
    /// IPv6 from or to what no router forwards: link-local, multicast, loopback or unspecified. The kernel itself tells every device
    /// that is up which multicast groups it is in.
    /// </summary>
    OutOfScope,

    /// <summary>Longer than the overlay's MTU.</summary>
    TooLong,

    /// <summary>The time to live ran out.</summary>
    TimeExceeded,

    /// <summary>No peer leases the destination.</summary>
    NoRoute,

    /// <summary>The kernel refused to send the datagram, for example because no route leads to the peer.</summary>
    SendFailed,

    /// <summary>The kernel refused the packet on the TUN device, for example because the device is down.</summary>
    WriteFailed,
}

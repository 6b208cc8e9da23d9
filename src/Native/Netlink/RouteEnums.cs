namespace FastFlannel.Native;

/// <summary>How far a route's destination or an address is away (linux/rtnetlink.h, RT_SCOPE_*).</summary>
public enum RouteScope : byte
{
    /// <summary>Anywhere; what <c>ip route</c> calls global.</summary>
    Global = 0,

    /// <summary>Inside the site (IPv6 only).</summary>
    Site = 200,

    /// <summary>On the attached link.</summary>
    Link = 253,

    /// <summary>On this host.</summary>
    Host = 254,

    /// <summary>Nowhere.</summary>
    Nowhere = 255,
}

/// <summary>Who made a route (linux/rtnetlink.h, RTPROT_*); routing daemons have numbers of their own.</summary>
public enum RouteProtocol : byte
{
    /// <summary>Unknown.</summary>
    Unspecified = 0,

    /// <summary>An ICMP redirect.</summary>
    Redirect = 1,

    /// <summary>The kernel, for an address.</summary>
    Kernel = 2,

    /// <summary>Configuration while the host comes up; what <c>ip route add</c> and flannel write.</summary>
    Boot = 3,

    /// <summary>An administrator, to override dynamic routing.</summary>
    Static = 4,

    /// <summary>An IPv6 router's advertisement.</summary>
    RouterAdvertisement = 9,

    /// <summary>A DHCP client.</summary>
    Dhcp = 16,
}

/// <summary>What becomes of a packet that takes a route (linux/rtnetlink.h, RTN_*).</summary>
public enum RouteType : byte
{
    /// <summary>Unknown.</summary>
    Unspecified = 0,

    /// <summary>Goes to the gateway or directly to its destination.</summary>
    Unicast = 1,

    /// <summary>Is for this host.</summary>
    Local = 2,

    /// <summary>Goes out, or is taken, as a broadcast.</summary>
    Broadcast = 3,

    /// <summary>Is taken as a broadcast and sent as a unicast.</summary>
    Anycast = 4,

    /// <summary>Goes to a multicast group.</summary>
    Multicast = 5,

    /// <summary>Is dropped silently.</summary>
    Blackhole = 6,

    /// <summary>Is dropped, and the sender told that the host is unreachable.</summary>
    Unreachable = 7,

    /// <summary>Is dropped, and the sender told that it is forbidden.</summary>
    Prohibit = 8,

    /// <summary>Is looked up in the next table.</summary>
    Throw = 9,
}

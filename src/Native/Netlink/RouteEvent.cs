namespace FastFlannel.Native;

/// <summary>What can be followed; each is a multicast group of rtnetlink(7) (linux/rtnetlink.h, RTMGRP_*).</summary>
[Flags]
public enum RouteEventGroups : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Links: made, changed, set up or down, deleted.</summary>
    Links = 0x1,

    /// <summary>Neighbours of both families, and forwarding entries of bridges and vxlan devices.</summary>
    Neighbours = 0x4,

    /// <summary>IPv4 addresses.</summary>
    Ipv4Addresses = 0x10,

    /// <summary>IPv4 routes of all tables.</summary>
    Ipv4Routes = 0x40,

    /// <summary>IPv6 addresses.</summary>
    Ipv6Addresses = 0x100,

    /// <summary>IPv6 routes of all tables.</summary>
    Ipv6Routes = 0x400,
}

/// <summary>What kind of thing has changed.</summary>
public enum RouteEventKind
{
    /// <summary>
    /// The kernel had more to tell than the socket could hold, and some of it is lost (ENOBUFS): whoever follows has to look at
    /// everything again. Nothing is known of link or kind.
    /// </summary>
    Overrun,

    /// <summary>A link.</summary>
    Link,

    /// <summary>An address.</summary>
    Address,

    /// <summary>A route.</summary>
    Route,

    /// <summary>A neighbour: the link-layer address of an IP address.</summary>
    Neighbour,

    /// <summary>A forwarding entry of a bridge or a vxlan device: where a link-layer address is.</summary>
    ForwardingEntry,
}

/// <summary>
/// Something has changed in the kernel. It says where to look, not what is there: by the time it is read there may be something
/// else again.
/// </summary>
/// <param name="Kind">What.</param>
/// <param name="LinkIndex">The link it is on, or the link itself; 0 when it is on none, as a multipath or blackhole route.</param>
/// <param name="IsRemoval">Whether it was removed; otherwise it is new or changed.</param>
public readonly record struct RouteEvent(RouteEventKind Kind, int LinkIndex = 0, bool IsRemoval = false);

using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Native;

/// <summary>An address on a link as the kernel describes it (RTM_NEWADDR), or as it shall be made.</summary>
/// <param name="LinkIndex">The link that has it.</param>
/// <param name="Address">The host's own address; on a point-to-point link not the peer's.</param>
/// <param name="PrefixLength">Leading bits that are the network, 0 to 32 or 128.</param>
/// <param name="Scope">How far it is valid; for IPv6 the kernel's business.</param>
/// <param name="Flags">
/// How it came and in what state it is. To make one, <see cref="AddressFlags.NoDuplicateDetection"/> and
/// <see cref="AddressFlags.Deprecated"/> count; it has no lifetime in any case.
/// </param>
/// <param name="Label">The name that old tools know an IPv4 address by: the link's, or that with a colon and more; else empty.</param>
public sealed record AddressInfo(
    int LinkIndex,
    IPAddress Address,
    int PrefixLength,
    RouteScope Scope = RouteScope.Global,
    AddressFlags Flags = AddressFlags.None,
    string Label = "") : KernelEntry
{
    /// <summary>Whether it stays until it is deleted, rather than for a lifetime that DHCP or a router gave.</summary>
    public bool IsPermanent => (Flags & AddressFlags.Permanent) != 0;

    /// <summary>Whether its preferred lifetime is over: new connections should not use it.</summary>
    public bool IsDeprecated => (Flags & AddressFlags.Deprecated) != 0;

    /// <summary>Whether another host on the link turned out to have it, so that it cannot be used (IPv6).</summary>
    public bool IsDuplicate => (Flags & AddressFlags.DuplicateFound) != 0;

    /// <summary>Whether it is a temporary (privacy) address, which only IPv6 has (RFC 8981).</summary>
    public bool IsTemporary => (Flags & AddressFlags.Secondary) != 0 && Address.AddressFamily == AddressFamily.InterNetworkV6;

    internal override string Noun => "address";

    internal override ushort NewType => RtnetlinkAbi.RTM_NEWADDR;

    internal override ushort DeleteType => RtnetlinkAbi.RTM_DELADDR;

    internal override int AbsentErrno => Errno.EADDRNOTAVAIL;

    internal override void Write(ref NetlinkWriter writer) => AddressMessages.Write(ref writer, this);

    /// <summary>For example <c>10.5.3.0/32 on link 7</c>.</summary>
    public override string ToString() => $"{Address}/{PrefixLength} on link {LinkIndex}";
}

/// <summary>State of an address (linux/if_addr.h, IFA_F_*); the kernel has more than are named here.</summary>
[Flags]
public enum AddressFlags : uint
{
    /// <summary>Dynamic, and nothing special.</summary>
    None = 0,

    /// <summary>IPv4: not the first address of its network on the link. IPv6: a temporary address.</summary>
    Secondary = 0x01,

    /// <summary>IPv6: used at once, without asking whether another host has it.</summary>
    NoDuplicateDetection = 0x02,

    /// <summary>IPv6: another host has it already.</summary>
    DuplicateFound = 0x08,

    /// <summary>Its preferred lifetime is over.</summary>
    Deprecated = 0x20,

    /// <summary>IPv6: being checked for a duplicate, not usable yet.</summary>
    Tentative = 0x40,

    /// <summary>Has no lifetime.</summary>
    Permanent = 0x80,
}

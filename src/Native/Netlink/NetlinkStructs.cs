namespace FastFlannel.Native;

// The fixed parts of messages, field by field as the kernel lays them out; numbers are in host byte order.
// Positional record structs keep the order of their parameters in memory, and the tests hold them to the C compiler.

/// <summary>struct sockaddr_nl (linux/netlink.h): a netlink socket's address.</summary>
/// <param name="Family">AF_NETLINK.</param>
/// <param name="Reserved">Padding, 0.</param>
/// <param name="Port">Which socket; 0 is the kernel.</param>
/// <param name="Groups">Multicast groups, a bit each.</param>
internal readonly record struct NetlinkAddress(ushort Family, ushort Reserved, uint Port, uint Groups);

/// <summary>struct nlmsghdr (linux/netlink.h): starts every message.</summary>
/// <param name="Length">Bytes of the message with this header, without the padding behind it.</param>
/// <param name="Type">NLMSG_* or RTM_*.</param>
/// <param name="Flags">NLM_F_*.</param>
/// <param name="Sequence">Ties an answer to its request.</param>
/// <param name="Port">The sender's netlink port; 0 lets the kernel fill it in.</param>
internal readonly record struct NetlinkHeader(uint Length, ushort Type, ushort Flags, uint Sequence, uint Port);

/// <summary>struct nlattr (linux/netlink.h): starts every attribute.</summary>
/// <param name="Length">Bytes of the attribute with this header, without the padding behind it.</param>
/// <param name="Type">What it is, with flags in the two high bits.</param>
internal readonly record struct AttributeHeader(ushort Length, ushort Type);

/// <summary>struct ifinfomsg (linux/rtnetlink.h): starts a link message.</summary>
/// <param name="Family">AF_UNSPEC.</param>
/// <param name="Reserved">Padding, 0.</param>
/// <param name="DeviceType">ARPHRD_*.</param>
/// <param name="Index">The link's index.</param>
/// <param name="Flags">IFF_*.</param>
/// <param name="Change">In a request, which flags count.</param>
internal readonly record struct LinkHeader(
    byte Family = 0, byte Reserved = 0, ushort DeviceType = 0, int Index = 0, uint Flags = 0, uint Change = 0);

/// <summary>struct ifaddrmsg (linux/if_addr.h): starts an address message.</summary>
/// <param name="Family">AF_INET or AF_INET6.</param>
/// <param name="PrefixLength">Bits.</param>
/// <param name="Flags">The low eight of IFA_F_*.</param>
/// <param name="Scope">RT_SCOPE_*.</param>
/// <param name="LinkIndex">The link that has the address.</param>
internal readonly record struct AddressHeader(
    byte Family, byte PrefixLength = 0, byte Flags = 0, byte Scope = 0, uint LinkIndex = 0);

/// <summary>struct ifa_cacheinfo (linux/if_addr.h): an address's lifetimes in seconds, all ones for ever.</summary>
/// <param name="Preferred">How long new connections use it.</param>
/// <param name="Valid">How long it stays.</param>
/// <param name="Created">When it was made; the kernel's business.</param>
/// <param name="Updated">When it was changed; the kernel's business.</param>
internal readonly record struct AddressLifetimes(uint Preferred, uint Valid, uint Created = 0, uint Updated = 0);

/// <summary>struct ndmsg (linux/neighbour.h): starts a neighbour or fdb message.</summary>
/// <param name="Family">AF_INET or AF_INET6; AF_BRIDGE for an fdb entry.</param>
/// <param name="Reserved1">Padding, 0.</param>
/// <param name="Reserved2">Padding, 0.</param>
/// <param name="LinkIndex">The link that has it.</param>
/// <param name="State">NUD_*.</param>
/// <param name="Flags">NTF_*.</param>
/// <param name="Type">RTN_*.</param>
internal readonly record struct NeighbourHeader(
    byte Family,
    byte Reserved1 = 0,
    ushort Reserved2 = 0,
    int LinkIndex = 0,
    ushort State = 0,
    byte Flags = 0,
    byte Type = 0);

/// <summary>struct rtmsg (linux/rtnetlink.h): starts a route message.</summary>
/// <param name="Family">AF_INET or AF_INET6.</param>
/// <param name="DestinationLength">Bits of the destination prefix.</param>
/// <param name="SourceLength">Bits of the source prefix.</param>
/// <param name="TypeOfService">TOS that a packet must have.</param>
/// <param name="Table">RT_TABLE_*; RTA_TABLE overrides it.</param>
/// <param name="Protocol">RTPROT_*: who made the route.</param>
/// <param name="Scope">RT_SCOPE_*.</param>
/// <param name="Type">RTN_*.</param>
/// <param name="Flags">RTM_F_*.</param>
internal readonly record struct RouteHeader(
    byte Family,
    byte DestinationLength = 0,
    byte SourceLength = 0,
    byte TypeOfService = 0,
    byte Table = 0,
    byte Protocol = 0,
    byte Scope = 0,
    byte Type = 0,
    uint Flags = 0);

/// <summary>struct rtnexthop (linux/rtnetlink.h): starts each next hop of a multipath route; attributes follow it.</summary>
/// <param name="Length">Bytes with this header and its attributes.</param>
/// <param name="Flags">RTNH_F_*.</param>
/// <param name="Weight">Weight less one.</param>
/// <param name="LinkIndex">The outgoing link.</param>
internal readonly record struct NextHopHeader(ushort Length, byte Flags, byte Weight, int LinkIndex);

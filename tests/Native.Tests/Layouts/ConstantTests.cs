using System.Globalization;
using System.Reflection;

namespace FastFlannel.Native.Tests;

public class ConstantTests
{
    [Fact]
    public void Every_constant_with_a_kernel_name_has_the_kernels_value()
    {
        Dictionary<string, long> ours = new[] { typeof(NetlinkAbi), typeof(RtnetlinkAbi), typeof(SocketAbi), typeof(Errno) }
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static))
            .Where(field => field.IsLiteral)
            .ToDictionary(
                field => field.Name, field => Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture));

        CCompiler.AssertAgrees(ours);
    }

    [Fact]
    public void Every_named_value_of_a_public_enumeration_has_the_kernels_value()
    {
        var ours = new Dictionary<string, long>
        {
            ["TUN_F_CSUM"] = (long)TunOffloads.Checksum,
            ["TUN_F_TSO4"] = (long)TunOffloads.Tso4,
            ["TUN_F_TSO6"] = (long)TunOffloads.Tso6,
            ["TUN_F_TSO_ECN"] = (long)TunOffloads.TsoEcn,
            ["VIRTIO_NET_HDR_GSO_NONE"] = (long)SegmentationType.None,
            ["VIRTIO_NET_HDR_GSO_TCPV4"] = (long)SegmentationType.TcpV4,
            ["VIRTIO_NET_HDR_GSO_TCPV6"] = (long)SegmentationType.TcpV6,
            ["VIRTIO_NET_HDR_GSO_ECN"] = VirtioHeader.EcnBit,
            ["VIRTIO_NET_HDR_F_NEEDS_CSUM"] = VirtioHeader.NeedsChecksum,
            ["RTMGRP_LINK"] = (long)RouteEventGroups.Links,
            ["RTMGRP_NEIGH"] = (long)RouteEventGroups.Neighbours,
            ["RTMGRP_IPV4_IFADDR"] = (long)RouteEventGroups.Ipv4Addresses,
            ["RTMGRP_IPV4_ROUTE"] = (long)RouteEventGroups.Ipv4Routes,
            ["RTMGRP_IPV6_IFADDR"] = (long)RouteEventGroups.Ipv6Addresses,
            ["RTMGRP_IPV6_ROUTE"] = (long)RouteEventGroups.Ipv6Routes,
            ["IFF_UP"] = (long)LinkFlags.Up,
            ["IFF_LOOPBACK"] = (long)LinkFlags.Loopback,
            ["IFF_POINTOPOINT"] = (long)LinkFlags.PointToPoint,
            ["IFF_RUNNING"] = (long)LinkFlags.Running,
            ["IFF_NOARP"] = (long)LinkFlags.NoArp,
            ["IFA_F_SECONDARY"] = (long)AddressFlags.Secondary,
            ["IFA_F_TEMPORARY"] = (long)AddressFlags.Secondary,
            ["IFA_F_NODAD"] = (long)AddressFlags.NoDuplicateDetection,
            ["IFA_F_DADFAILED"] = (long)AddressFlags.DuplicateFound,
            ["IFA_F_DEPRECATED"] = (long)AddressFlags.Deprecated,
            ["IFA_F_TENTATIVE"] = (long)AddressFlags.Tentative,
            ["IFA_F_PERMANENT"] = (long)AddressFlags.Permanent,
            ["NUD_NONE"] = (long)NeighbourStates.None,
            ["NUD_INCOMPLETE"] = (long)NeighbourStates.Incomplete,
            ["NUD_REACHABLE"] = (long)NeighbourStates.Reachable,
            ["NUD_STALE"] = (long)NeighbourStates.Stale,
            ["NUD_DELAY"] = (long)NeighbourStates.Delay,
            ["NUD_PROBE"] = (long)NeighbourStates.Probe,
            ["NUD_FAILED"] = (long)NeighbourStates.Failed,
            ["NUD_NOARP"] = (long)NeighbourStates.NoArp,
            ["NUD_PERMANENT"] = (long)NeighbourStates.Permanent,
            ["RT_SCOPE_UNIVERSE"] = (long)RouteScope.Global,
            ["RT_SCOPE_SITE"] = (long)RouteScope.Site,
            ["RT_SCOPE_LINK"] = (long)RouteScope.Link,
            ["RT_SCOPE_HOST"] = (long)RouteScope.Host,
            ["RT_SCOPE_NOWHERE"] = (long)RouteScope.Nowhere,
            ["RTPROT_UNSPEC"] = (long)RouteProtocol.Unspecified,
            ["RTPROT_REDIRECT"] = (long)RouteProtocol.Redirect,
            ["RTPROT_KERNEL"] = (long)RouteProtocol.Kernel,
            ["RTPROT_BOOT"] = (long)RouteProtocol.Boot,
            ["RTPROT_STATIC"] = (long)RouteProtocol.Static,
            ["RTPROT_RA"] = (long)RouteProtocol.RouterAdvertisement,
            ["RTPROT_DHCP"] = (long)RouteProtocol.Dhcp,
            ["RTN_UNSPEC"] = (long)RouteType.Unspecified,
            ["RTN_UNICAST"] = (long)RouteType.Unicast,
            ["RTN_LOCAL"] = (long)RouteType.Local,
            ["RTN_BROADCAST"] = (long)RouteType.Broadcast,
            ["RTN_ANYCAST"] = (long)RouteType.Anycast,
            ["RTN_MULTICAST"] = (long)RouteType.Multicast,
            ["RTN_BLACKHOLE"] = (long)RouteType.Blackhole,
            ["RTN_UNREACHABLE"] = (long)RouteType.Unreachable,
            ["RTN_PROHIBIT"] = (long)RouteType.Prohibit,
            ["RTN_THROW"] = (long)RouteType.Throw,
        };

        CCompiler.AssertAgrees(ours);
    }
}

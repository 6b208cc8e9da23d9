using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

/// <summary>Finds which attribute of a request the kernel means when it refuses one, and what its header file calls it.</summary>
internal static class AttributeNames
{
    /// <summary>The attribute that starts at a place, or the innermost around it.</summary>
    /// <param name="request">The whole request.</param>
    /// <param name="offset">From the start of its header, in bytes.</param>
    /// <returns>For example <c>IFLA_MTU</c>; null when there is none at that place.</returns>
    public static string? At(ReadOnlySpan<byte> request, uint offset)
    {
        if (!MemoryMarshal.TryRead(request, out NetlinkHeader header))
            return null;

        (string prefix, int fixedPart) = header.Type switch
        {
            RTM_NEWLINK or RTM_DELLINK or RTM_GETLINK => ("IFLA_", Unsafe.SizeOf<LinkHeader>()),
            RTM_NEWADDR or RTM_DELADDR or RTM_GETADDR => ("IFA_", Unsafe.SizeOf<AddressHeader>()),
            RTM_NEWROUTE or RTM_DELROUTE or RTM_GETROUTE => ("RTA_", Unsafe.SizeOf<RouteHeader>()),
            RTM_NEWNEIGH or RTM_DELNEIGH or RTM_GETNEIGH => ("NDA_", Unsafe.SizeOf<NeighbourHeader>()),
            _ => ("", 0),
        };
        int start = Unsafe.SizeOf<NetlinkHeader>() + fixedPart;
        return prefix.Length > 0 && start <= request.Length ? Search(request, start, request.Length, offset, prefix) : null;
    }

    private static string? Search(ReadOnlySpan<byte> request, int start, int end, uint offset, string prefix)
    {
        int headerSize = Unsafe.SizeOf<AttributeHeader>();
        while (end - start >= headerSize && MemoryMarshal.TryRead(request[start..], out AttributeHeader header))
        {
            int next = start + header.Length;
            if (header.Length < headerSize || next > end)
                return null;

            if (offset >= start && offset < next)
            {
                int type = header.Type & NetlinkAbi.NLA_TYPE_MASK;
                string? inner = InnerPrefix(prefix, type) is { } nested
                    ? Search(request, start + headerSize, next, offset, nested)
                    : null;
                return inner ?? NameOf(prefix, type);
            }

            start = Math.Min(start + NetlinkAbi.Align(header.Length), end);
        }

        return null;
    }

    private static string? InnerPrefix(string prefix, int type) => (prefix, type) switch
    {
        ("IFLA_", IFLA_LINKINFO) => "IFLA_INFO_",
        ("IFLA_INFO_", IFLA_INFO_DATA) => "IFLA_VXLAN_", // the one kind that requests are made for
        _ => null,
    };

    private static string NameOf(string prefix, int type) => (prefix, type) switch
    {
        ("IFLA_", IFLA_ADDRESS) => nameof(IFLA_ADDRESS),
        ("IFLA_", IFLA_IFNAME) => nameof(IFLA_IFNAME),
        ("IFLA_", IFLA_MTU) => nameof(IFLA_MTU),
        ("IFLA_", IFLA_TXQLEN) => nameof(IFLA_TXQLEN),
        ("IFLA_", IFLA_LINKINFO) => nameof(IFLA_LINKINFO),
        ("IFLA_", IFLA_GSO_MAX_SIZE) => nameof(IFLA_GSO_MAX_SIZE),
        ("IFLA_INFO_", IFLA_INFO_KIND) => nameof(IFLA_INFO_KIND),
        ("IFLA_INFO_", IFLA_INFO_DATA) => nameof(IFLA_INFO_DATA),
        ("IFLA_VXLAN_", IFLA_VXLAN_ID) => nameof(IFLA_VXLAN_ID),
        ("IFLA_VXLAN_", IFLA_VXLAN_GROUP) => nameof(IFLA_VXLAN_GROUP),
        ("IFLA_VXLAN_", IFLA_VXLAN_GROUP6) => nameof(IFLA_VXLAN_GROUP6),
        ("IFLA_VXLAN_", IFLA_VXLAN_LINK) => nameof(IFLA_VXLAN_LINK),
        ("IFLA_VXLAN_", IFLA_VXLAN_LOCAL) => nameof(IFLA_VXLAN_LOCAL),
        ("IFLA_VXLAN_", IFLA_VXLAN_LOCAL6) => nameof(IFLA_VXLAN_LOCAL6),
        ("IFLA_VXLAN_", IFLA_VXLAN_PORT) => nameof(IFLA_VXLAN_PORT),
        ("IFLA_VXLAN_", IFLA_VXLAN_LEARNING) => nameof(IFLA_VXLAN_LEARNING),
        ("IFLA_VXLAN_", IFLA_VXLAN_GBP) => nameof(IFLA_VXLAN_GBP),
        ("IFA_", IFA_ADDRESS) => nameof(IFA_ADDRESS),
        ("IFA_", IFA_LOCAL) => nameof(IFA_LOCAL),
        ("IFA_", IFA_LABEL) => nameof(IFA_LABEL),
        ("IFA_", IFA_CACHEINFO) => nameof(IFA_CACHEINFO),
        ("RTA_", RTA_DST) => nameof(RTA_DST),
        ("RTA_", RTA_OIF) => nameof(RTA_OIF),
        ("RTA_", RTA_GATEWAY) => nameof(RTA_GATEWAY),
        ("RTA_", RTA_PRIORITY) => nameof(RTA_PRIORITY),
        ("RTA_", RTA_TABLE) => nameof(RTA_TABLE),
        ("RTA_", RTA_VIA) => nameof(RTA_VIA),
        ("NDA_", NDA_DST) => nameof(NDA_DST),
        ("NDA_", NDA_LLADDR) => nameof(NDA_LLADDR),
        ("NDA_", NDA_PORT) => nameof(NDA_PORT),
        ("NDA_", NDA_VNI) => nameof(NDA_VNI),
        ("NDA_", NDA_IFINDEX) => nameof(NDA_IFINDEX),
        _ => $"{prefix}{type}",
    };
}

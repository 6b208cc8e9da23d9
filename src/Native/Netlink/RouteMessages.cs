using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

/// <summary>Routes as netlink messages.</summary>
internal static class RouteMessages
{
    /// <summary>Reads RTM_NEWROUTE of the main table, and leaves out what the kernel only remembers of a look-up.</summary>
    public static bool TryParseMain(NetlinkMessage message, [MaybeNullWhen(false)] out RouteInfo route) =>
        TryParse(message, out route)
        && route.Table == RT_TABLE_MAIN
        && (MemoryMarshal.Read<RouteHeader>(message.Body).Flags & RTM_F_CLONED) == 0;

    /// <summary>Reads RTM_NEWROUTE of IPv4 or IPv6.</summary>
    public static bool TryParse(NetlinkMessage message, [MaybeNullWhen(false)] out RouteInfo route)
    {
        route = null;
        if (message.Header.Type != RTM_NEWROUTE
            || !message.TryRead(out RouteHeader header, out NetlinkAttributes attributes)
            || header.Family is not (AF_INET or AF_INET6))
        {
            return false;
        }

        IPAddress? destination = null;
        IPAddress? source = null;
        uint metric = 0;
        uint table = header.Table;
        List<RouteNextHop> nextHops = [];
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case RTA_DST:
                    destination = attribute.ToAddress();
                    break;
                case RTA_PREFSRC:
                    source = attribute.ToAddress();
                    break;
                case RTA_PRIORITY:
                    metric = attribute.ToUInt32();
                    break;
                case RTA_TABLE:
                    table = attribute.ToUInt32();
                    break;
                case RTA_MULTIPATH:
                    AddMultipath(nextHops, attribute.Payload);
                    break;
            }
        }

        // A route of one way has the next hop's attributes among its own; a blackhole has none.
        RouteNextHop single = ParseNextHop(0, attributes);
        if (nextHops.Count == 0 && single != default)
            nextHops.Add(single);

        if (ToNetwork(header.Family, destination, header.DestinationLength) is not { } network)
            return false;

        route = new RouteInfo(
            network,
            (RouteType)header.Type,
            (RouteScope)header.Scope,
            (RouteProtocol)header.Protocol,
            metric,
            table,
            source,
            nextHops);
        return true;
    }

    /// <summary>Writes what RTM_NEWROUTE and RTM_DELROUTE have in common.</summary>
    public static void Write(ref NetlinkWriter writer, in Ipv4Route route)
    {
        writer.Append(new RouteHeader(
            AF_INET,
            (byte)route.Destination.Length,
            Table: RT_TABLE_MAIN,
            Protocol: (byte)route.Protocol,
            Scope: (byte)route.Scope,
            Type: (byte)RouteType.Unicast));
        writer.Attribute(RTA_DST, route.Destination.Network);
        writer.Attribute(RTA_OIF, (uint)route.LinkIndex);
        if (route.Gateway is { } gateway)
            writer.Attribute(RTA_GATEWAY, gateway);
    }

    /// <summary>Writes what RTM_NEWROUTE and RTM_DELROUTE have in common.</summary>
    public static void Write(ref NetlinkWriter writer, in Ipv6Route route)
    {
        writer.Append(new RouteHeader(
            AF_INET6,
            (byte)route.Destination.Length,
            Table: RT_TABLE_MAIN,
            Protocol: (byte)route.Protocol,
            Scope: (byte)RouteScope.Global,
            Type: (byte)RouteType.Unicast));
        writer.Attribute(RTA_DST, route.Destination.Network);
        writer.Attribute(RTA_OIF, (uint)route.LinkIndex);
        if (route.Gateway is { } gateway)
            writer.Attribute(RTA_GATEWAY, gateway);
    }

    private static void AddMultipath(List<RouteNextHop> nextHops, ReadOnlySpan<byte> rest)
    {
        int headerSize = Unsafe.SizeOf<NextHopHeader>();
        while (MemoryMarshal.TryRead(rest, out NextHopHeader header)
            && header.Length >= headerSize
            && header.Length <= rest.Length)
        {
            nextHops.Add(ParseNextHop(header.LinkIndex, new NetlinkAttributes(rest[headerSize..header.Length])));
            rest = rest[Math.Min(NetlinkAbi.Align(header.Length), rest.Length)..];
        }
    }

    private static RouteNextHop ParseNextHop(int linkIndex, NetlinkAttributes attributes)
    {
        IPAddress? gateway = null;
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case RTA_OIF:
                    linkIndex = attribute.ToInt32();
                    break;
                case RTA_GATEWAY:
                    gateway = attribute.ToAddress();
                    break;
                case RTA_VIA when attribute.Payload.Length > sizeof(ushort):
                    // struct rtvia: an IPv4 route through a router known by its IPv6 address; a family comes first.
                    gateway = new NetlinkAttribute(RTA_GATEWAY, attribute.Payload[sizeof(ushort)..]).ToAddress();
                    break;
            }
        }

        return new RouteNextHop(linkIndex, gateway);
    }

    /// <summary>The prefix, or null when address and length do not fit the family. A default route has no address.</summary>
    private static IPNetwork? ToNetwork(byte family, IPAddress? address, int length)
    {
        int size = family == AF_INET ? 4 : 16;
        Span<byte> bytes = stackalloc byte[size];
        bytes.Clear();
        if (length > size * 8 || (address is not null && (!address.TryWriteBytes(bytes, out int written) || written != size)))
            return null;

        // The prefix types mask host bits off, at which IPNetwork would throw.
        if (family == AF_INET)
        {
            var ipv4 = new Ipv4Prefix(new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(bytes)), length);
            return new IPNetwork(ipv4.Network.ToIPAddress(), length);
        }

        var ipv6 = new Ipv6Prefix(new Ipv6Address(BinaryPrimitives.ReadUInt128BigEndian(bytes)), length);
        return new IPNetwork(ipv6.Network.ToIPAddress(), length);
    }
}

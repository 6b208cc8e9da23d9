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
    /// <summary>Reads RTM_NEWROUTE of a table, and leaves out what the kernel only remembers of a look-up.</summary>
    public static bool TryParseStored(NetlinkMessage message, [MaybeNullWhen(false)] out RouteInfo route) =>
        TryParse(message, out route) && (MemoryMarshal.Read<RouteHeader>(message.Body).Flags & RTM_F_CLONED) == 0;

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
        RouteNextHop single = ParseNextHop(0, header.Flags, attributes);
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
    public static void Write(ref NetlinkWriter writer, IpRoute route)
    {
        byte family = AddressFamilies.NumberOf(route.Destination.BaseAddress);
        writer.Append(new RouteHeader(
            family,
            (byte)route.Destination.PrefixLength,
            Table: TableByte(route.Table),
            Protocol: (byte)route.Protocol,
            Scope: (byte)route.Scope,
            Type: (byte)route.Type,
            Flags: route.IsOnLink ? RTNH_F_ONLINK : 0));
        writer.Attribute(RTA_DST, route.Destination.BaseAddress);
        if (route.Gateway is { } gateway)
            WriteGateway(ref writer, family, gateway);

        if (route.LinkIndex != 0)
            writer.Attribute(RTA_OIF, (uint)route.LinkIndex);

        if (route.Metric != 0)
            writer.Attribute(RTA_PRIORITY, route.Metric);

        if (route.Table > byte.MaxValue)
            writer.Attribute(RTA_TABLE, route.Table);
    }

    /// <summary>Writes a request for the routes of a filter.</summary>
    public static void Write(ref NetlinkWriter writer, byte family, RouteFilter filter)
    {
        writer.Append(new RouteHeader(family, Table: TableByte(filter.Table), Protocol: (byte)(filter.Protocol ?? 0)));
        if (filter.Table > byte.MaxValue)
            writer.Attribute(RTA_TABLE, filter.Table);

        if (filter.LinkIndex != 0)
            writer.Attribute(RTA_OIF, (uint)filter.LinkIndex);
    }

    /// <summary>The field of the header; a greater number is in RTA_TABLE.</summary>
    private static byte TableByte(uint table) => table > byte.MaxValue ? RT_TABLE_UNSPEC : (byte)table;

    private static void WriteGateway(ref NetlinkWriter writer, byte family, IPAddress gateway)
    {
        byte other = AddressFamilies.NumberOf(gateway);
        if (other == family)
        {
            writer.Attribute(RTA_GATEWAY, gateway);
            return;
        }

        // struct rtvia: the gateway's own family, then its address.
        Span<byte> via = stackalloc byte[sizeof(ushort) + 16];
        MemoryMarshal.Write(via, (ushort)other);
        _ = gateway.TryWriteBytes(via[sizeof(ushort)..], out int written);
        writer.Attribute(RTA_VIA, via[..(sizeof(ushort) + written)]);
    }

    private static void AddMultipath(List<RouteNextHop> nextHops, ReadOnlySpan<byte> rest)
    {
        int headerSize = Unsafe.SizeOf<NextHopHeader>();
        while (MemoryMarshal.TryRead(rest, out NextHopHeader header)
            && header.Length >= headerSize
            && header.Length <= rest.Length)
        {
            nextHops.Add(ParseNextHop(header.LinkIndex, header.Flags, new NetlinkAttributes(rest[headerSize..header.Length])));
            rest = rest[Math.Min(NetlinkAbi.Align(header.Length), rest.Length)..];
        }
    }

    private static RouteNextHop ParseNextHop(int linkIndex, uint flags, NetlinkAttributes attributes)
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

        return new RouteNextHop(linkIndex, gateway, (flags & RTNH_F_ONLINK) != 0);
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

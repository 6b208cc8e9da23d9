using System.Diagnostics.CodeAnalysis;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

/// <summary>Links as netlink messages.</summary>
internal static class LinkMessages
{
    // Newer than the headers that the other numbers are tested against: linux/if_link.h since 6.3.
    private const ushort IFLA_GSO_IPV4_MAX_SIZE = 63;

    /// <summary>Reads RTM_NEWLINK.</summary>
    public static bool TryParse(NetlinkMessage message, [MaybeNullWhen(false)] out LinkInfo link)
    {
        link = null;
        if (message.Header.Type != RTM_NEWLINK || !message.TryRead(out LinkHeader header, out NetlinkAttributes attributes))
            return false;

        link = new LinkInfo(header.Index, "", 0, (LinkFlags)header.Flags, "", 0);
        foreach (NetlinkAttribute attribute in attributes)
        {
            link = attribute.Type switch
            {
                IFLA_IFNAME => link with { Name = attribute.ToText() },
                IFLA_MTU => link with { Mtu = attribute.ToInt32() },
                IFLA_TXQLEN => link with { TransmitQueueLength = attribute.ToInt32() },
                IFLA_ADDRESS => link with { Mac = attribute.ToMacAddress() },
                IFLA_IFALIAS => link with { Alias = attribute.ToText() },
                IFLA_LINKINFO => ParseKind(link, attribute.Nested),
                _ => link,
            };
        }

        return true;
    }

    /// <summary>Writes a new vxlan device.</summary>
    public static void WriteNewVxlan(ref NetlinkWriter writer, string name, VxlanAttributes vxlan, LinkChange more)
    {
        WriteChange(ref writer, 0, more);
        writer.Attribute(IFLA_IFNAME, name);
        int info = writer.BeginNested(IFLA_LINKINFO);
        writer.Attribute(IFLA_INFO_KIND, VxlanMessages.Kind);
        int data = writer.BeginNested(IFLA_INFO_DATA);
        VxlanMessages.Write(ref writer, vxlan);
        writer.EndNested(data);
        writer.EndNested(info);
    }

    /// <summary>Writes a change of what any device has.</summary>
    public static void WriteChange(ref NetlinkWriter writer, int index, LinkChange change)
    {
        writer.Append(new LinkHeader(
            Index: index, Flags: change.Up == true ? IFF_UP : 0, Change: change.Up is null ? 0 : IFF_UP));
        if (change.Mtu is { } mtu)
            writer.Attribute(IFLA_MTU, (uint)mtu);

        if (change.Mac is { } mac)
            writer.Attribute(IFLA_ADDRESS, mac);

        if (change.TransmitQueueLength is { } length)
            writer.Attribute(IFLA_TXQLEN, (uint)length);

        if (change.SuperPacketSize is { } size)
        {
            writer.Attribute(IFLA_GSO_MAX_SIZE, (uint)size);
            writer.Attribute(IFLA_GSO_IPV4_MAX_SIZE, (uint)size);
        }
    }

    /// <summary>Writes a change of what only a vxlan device has.</summary>
    public static void WriteVxlanChange(ref NetlinkWriter writer, int index, LinkChange change)
    {
        writer.Append(new LinkHeader(Index: index));
        int info = writer.BeginNested(IFLA_LINKINFO);
        writer.Attribute(IFLA_INFO_KIND, VxlanMessages.Kind);
        int data = writer.BeginNested(IFLA_INFO_DATA);
        VxlanMessages.WriteChange(ref writer, change);
        writer.EndNested(data);
        writer.EndNested(info);
    }

    private static LinkInfo ParseKind(LinkInfo link, NetlinkAttributes attributes)
    {
        // The kind comes before its data.
        foreach (NetlinkAttribute attribute in attributes)
        {
            link = attribute.Type switch
            {
                IFLA_INFO_KIND => link with { Kind = attribute.ToText() },
                IFLA_INFO_DATA when link.Kind == VxlanMessages.Kind =>
                    link with { Vxlan = VxlanMessages.Parse(attribute.Nested) },
                _ => link,
            };
        }

        return link;
    }
}

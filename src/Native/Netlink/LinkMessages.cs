using System.Diagnostics.CodeAnalysis;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

/// <summary>Links as netlink messages.</summary>
internal static class LinkMessages
{
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
                IFLA_LINKINFO => link with { Kind = ParseKind(attribute.Nested) },
                _ => link,
            };
        }

        return true;
    }

    private static string ParseKind(NetlinkAttributes attributes)
    {
        foreach (NetlinkAttribute attribute in attributes)
        {
            if (attribute.Type == IFLA_INFO_KIND)
                return attribute.ToText();
        }

        return "";
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Net;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

/// <summary>Addresses as netlink messages.</summary>
internal static class AddressMessages
{
    /// <summary>Reads RTM_NEWADDR of IPv4 or IPv6.</summary>
    public static bool TryParse(NetlinkMessage message, [MaybeNullWhen(false)] out AddressInfo address)
    {
        address = null;
        if (message.Header.Type != RTM_NEWADDR
            || !message.TryRead(out AddressHeader header, out NetlinkAttributes attributes)
            || header.Family is not (AF_INET or AF_INET6))
        {
            return false;
        }

        // On a point-to-point link IFA_ADDRESS is the peer; IFA_LOCAL, where there is one, is the host's own.
        IPAddress? local = null;
        IPAddress? peer = null;
        var flags = (AddressFlags)header.Flags;
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case IFA_LOCAL:
                    local = attribute.ToAddress();
                    break;
                case IFA_ADDRESS:
                    peer = attribute.ToAddress();
                    break;
                case IFA_FLAGS:
                    flags = (AddressFlags)attribute.ToUInt32();
                    break;
            }
        }

        if ((local ?? peer) is not { } own)
            return false;

        address = new AddressInfo((int)header.LinkIndex, own, header.PrefixLength, (RouteScope)header.Scope, flags);
        return true;
    }

    /// <summary>Writes what RTM_NEWADDR and RTM_DELADDR have in common.</summary>
    public static void Write(ref NetlinkWriter writer, int linkIndex, Ipv4Address address, int prefixLength)
    {
        writer.Append(new AddressHeader(AF_INET, (byte)prefixLength, LinkIndex: (uint)linkIndex));
        writer.Attribute(IFA_LOCAL, address);
        writer.Attribute(IFA_ADDRESS, address);
    }
    /// <summary>Writes RTM_NEWADDR of an IPv6 address, which needs no check for duplicates (RFC 4862 section 5.4).</summary>
    public static void Write(ref NetlinkWriter writer, int linkIndex, Ipv6Address address, int prefixLength)
    {
        writer.Append(new AddressHeader(AF_INET6, (byte)prefixLength, (byte)AddressFlags.NoDuplicateCheck, LinkIndex: (uint)linkIndex));
        writer.Attribute(IFA_LOCAL, address);
        writer.Attribute(IFA_ADDRESS, address);
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.InteropServices;
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
        string label = "";
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
                case IFA_LABEL:
                    label = attribute.ToText();
                    break;
                case IFA_FLAGS:
                    flags = (AddressFlags)attribute.ToUInt32();
                    break;
            }
        }

        if ((local ?? peer) is not { } own)
            return false;

        address = new AddressInfo((int)header.LinkIndex, own, header.PrefixLength, (RouteScope)header.Scope, flags, label);
        return true;
    }

    /// <summary>Writes what RTM_NEWADDR and RTM_DELADDR have in common.</summary>
    public static void Write(ref NetlinkWriter writer, AddressInfo address)
    {
        writer.Append(new AddressHeader(
            AddressFamilies.NumberOf(address.Address),
            (byte)address.PrefixLength,
            (byte)(address.Flags & AddressFlags.NoDuplicateDetection),
            (byte)address.Scope,
            (uint)address.LinkIndex));
        writer.Attribute(IFA_LOCAL, address.Address);
        if (address.Label.Length > 0)
            writer.Attribute(IFA_LABEL, address.Label);

        writer.Attribute(IFA_ADDRESS, address.Address);

        // The kernel takes this state from the lifetimes, never from the flags.
        if (address.IsDeprecated)
        {
            var lifetimes = new AddressLifetimes(Preferred: 0, Valid: uint.MaxValue);
            writer.Attribute(IFA_CACHEINFO, MemoryMarshal.AsBytes(new ReadOnlySpan<AddressLifetimes>(in lifetimes)));
        }
    }
}

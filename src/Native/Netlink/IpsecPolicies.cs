namespace FastFlannel.Native;

/// <summary>Whether this host encrypts what it sends to some addresses (linux/xfrm.h): whoever sends past the routing table must know.</summary>
public static class IpsecPolicies
{
    private const ushort XFRM_MSG_NEWPOLICY = 0x13;
    private const ushort XFRM_MSG_GETPOLICY = 0x15;

    /// <summary>Whether there is a policy at all.</summary>
    /// <exception cref="SysException">The kernel has IPsec and does not say, for want of CAP_NET_ADMIN for example.</exception>
    public static bool Exist()
    {
        using NetlinkSocket? socket = NetlinkSocket.TryOpen(NetlinkAbi.NETLINK_XFRM);
        if (socket is null)
            return false;

        using var connection = new NetlinkConnection(socket);
        return connection.Dump<object>(
            "list the IPsec policies", connection.Begin(XFRM_MSG_GETPOLICY, NetlinkAbi.NLM_F_DUMP), TryParse).Count > 0;
    }

    private static bool TryParse(NetlinkMessage message, out object policy)
    {
        policy = message.Header.Type;
        return message.Header.Type == XFRM_MSG_NEWPOLICY;
    }
}

namespace FastFlannel.Native;

/// <summary>Numbers of the netlink protocol itself, by the kernel's names (linux/netlink.h).</summary>
internal static class NetlinkAbi
{
    public const int NETLINK_ROUTE = 0;
    public const int NETLINK_XFRM = 6;

    // Socket options at level SOL_NETLINK.
    public const int NETLINK_CAP_ACK = 10;
    public const int NETLINK_EXT_ACK = 11;
    public const int NETLINK_GET_STRICT_CHK = 12;

    // Message types that every family has.
    public const ushort NLMSG_ERROR = 2;
    public const ushort NLMSG_DONE = 3;

    // Flags of a request.
    public const ushort NLM_F_REQUEST = 0x001;
    public const ushort NLM_F_ACK = 0x004;
    public const ushort NLM_F_DUMP = 0x300;
    public const ushort NLM_F_REPLACE = 0x100;
    public const ushort NLM_F_EXCL = 0x200;
    public const ushort NLM_F_CREATE = 0x400;

    // Flags of an answer.
    public const ushort NLM_F_DUMP_INTR = 0x010;
    public const ushort NLM_F_CAPPED = 0x100;
    public const ushort NLM_F_ACK_TLVS = 0x200;

    // Attributes of an acknowledgement.
    public const ushort NLMSGERR_ATTR_MSG = 1;
    public const ushort NLMSGERR_ATTR_OFFS = 2;
    public const ushort NLMSGERR_ATTR_MISS_TYPE = 5;

    // The two high bits of an attribute's type are flags.
    public const ushort NLA_F_NESTED = 0x8000;
    public const int NLA_TYPE_MASK = ~0xC000;

    /// <summary>Messages and attributes start at multiples of four bytes (NLMSG_ALIGN, NLA_ALIGN).</summary>
    public static int Align(int length) => (length + 3) & ~3;
}

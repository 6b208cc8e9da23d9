using System.Reflection;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FastFlannel.Native.Tests;

public class LayoutTests
{
    [Fact]
    public void Our_structs_lie_in_memory_as_the_kernels_do() => AssertLayouts(
        Layout<NetlinkAddress>("struct sockaddr_nl", "Family nl_family", "Port nl_pid", "Groups nl_groups"),
        Layout<NetlinkHeader>(
            "struct nlmsghdr",
            "Length nlmsg_len", "Type nlmsg_type", "Flags nlmsg_flags", "Sequence nlmsg_seq", "Port nlmsg_pid"),
        Layout<AttributeHeader>("struct nlattr", "Length nla_len", "Type nla_type"),
        Layout<LinkHeader>(
            "struct ifinfomsg",
            "Family ifi_family", "DeviceType ifi_type", "Index ifi_index", "Flags ifi_flags", "Change ifi_change"),
        Layout<AddressHeader>(
            "struct ifaddrmsg",
            "Family ifa_family", "PrefixLength ifa_prefixlen", "Flags ifa_flags", "Scope ifa_scope", "LinkIndex ifa_index"),
        Layout<AddressLifetimes>(
            "struct ifa_cacheinfo",
            "Preferred ifa_prefered", "Valid ifa_valid", "Created cstamp", "Updated tstamp"),
        Layout<RouteHeader>(
            "struct rtmsg",
            "Family rtm_family", "DestinationLength rtm_dst_len", "SourceLength rtm_src_len", "TypeOfService rtm_tos",
            "Table rtm_table", "Protocol rtm_protocol", "Scope rtm_scope", "Type rtm_type", "Flags rtm_flags"),
        Layout<NextHopHeader>(
            "struct rtnexthop",
            "Length rtnh_len", "Flags rtnh_flags", "Weight rtnh_hops", "LinkIndex rtnh_ifindex"),
        Layout<VirtioHeader>(
            "struct virtio_net_hdr",
            "Flags flags", "RawType gso_type", "HeaderLength hdr_len", "SegmentSize gso_size", "ChecksumStart csum_start",
            "ChecksumOffset csum_offset"));

    [Fact]
    public void The_C_library_bindings_structs_lie_in_memory_as_the_C_librarys_do() => AssertLayouts(
        Layout<iovec>("struct iovec", "iov_base iov_base", "iov_len iov_len"),
        Layout<msghdr>(
            "struct msghdr",
            "msg_name msg_name", "msg_namelen msg_namelen", "msg_iov msg_iov", "_msg_iovlen msg_iovlen",
            "msg_control msg_control", "_msg_controllen msg_controllen", "msg_flags msg_flags"),
        Layout<mmsghdr>("struct mmsghdr", "msg_hdr msg_hdr", "msg_len msg_len"),
        Layout<cmsghdr>("struct cmsghdr", "_cmsg_len cmsg_len", "cmsg_level cmsg_level", "cmsg_type cmsg_type"),
        Layout<sockaddr_in>("struct sockaddr_in", "sin_family sin_family", "sin_port sin_port", "sin_addr sin_addr"),
        Layout<pollfd>("struct pollfd", "fd fd", "events events", "revents revents"));

    /// <summary>Size and offsets of a struct here, keyed by the C expressions that give the same numbers.</summary>
    /// <param name="name">The struct in C.</param>
    /// <param name="fields">Its fields, here and in C.</param>
    private static Dictionary<string, long> Layout<T>(string name, params string[] fields)
        where T : unmanaged
    {
        var layout = new Dictionary<string, long> { [$"sizeof({name})"] = Marshal.SizeOf<T>() };
        foreach (string field in fields)
        {
            string[] names = field.Split(' ');
            const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;
            FieldInfo here = typeof(T).GetField(names[0], Any) ?? typeof(T).GetField($"<{names[0]}>k__BackingField", Any)!;
            layout[$"offsetof({name}, {names[1]})"] = Marshal.OffsetOf<T>(here.Name);
        }

        return layout;
    }

    private static void AssertLayouts(params Dictionary<string, long>[] layouts)
    {
        var ours = layouts.SelectMany(layout => layout).ToDictionary(pair => pair.Key, pair => pair.Value);
        CCompiler.AssertAgrees(ours);
    }
}

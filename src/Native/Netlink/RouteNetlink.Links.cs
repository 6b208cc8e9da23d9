using System.Text;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

// Links.
public sealed partial class RouteNetlink
{
    private const int MaxNameLength = 15; // IFNAMSIZ without the closing zero

    // Newer than the headers that the other numbers are tested against: linux/if_link.h since 6.3.
    private const ushort IFLA_GSO_IPV4_MAX_SIZE = 63;

    /// <summary>Lists all links of the namespace.</summary>
    /// <returns>In the kernel's order, which is that of their indexes.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public IReadOnlyList<LinkInfo> ListLinks()
    {
        NetlinkWriter request = _connection.Begin(RTM_GETLINK, NetlinkAbi.NLM_F_DUMP);
        request.Append(new LinkHeader());
        request.Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        return _connection.Dump<LinkInfo>("list links", request, LinkMessages.TryParse);
    }

    /// <summary>Looks a link up by name.</summary>
    /// <param name="name">For example <c>eth0</c>.</param>
    /// <returns>The link, or null when there is none of that name.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public LinkInfo? FindLink(string name)
    {
        // The kernel calls such names a mistake; to the caller they are names that no link has.
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > MaxNameLength)
            return null;

        NetlinkWriter request = _connection.Begin(RTM_GETLINK);
        request.Append(new LinkHeader());
        request.Attribute(IFLA_IFNAME, name);
        request.Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        return _connection.Get<LinkInfo>($"look up link '{name}'", request, LinkMessages.TryParse, absent: Errno.ENODEV);
    }

    /// <summary>Looks a link up by index.</summary>
    /// <param name="index">1 or more.</param>
    /// <returns>The link, or null when there is none of that index.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public LinkInfo? FindLink(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(index);
        NetlinkWriter request = _connection.Begin(RTM_GETLINK);
        request.Append(new LinkHeader(Index: index));
        request.Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        return _connection.Get<LinkInfo>($"look up link {index}", request, LinkMessages.TryParse, absent: Errno.ENODEV);
    }

    /// <summary>Changes a link.</summary>
    /// <param name="index">The link.</param>
    /// <param name="change">What to change; the kernel applies it in the order MTU, queue length, up.</param>
    /// <exception cref="SysException">No such link (ENODEV), or a value that the device does not take (EINVAL).</exception>
    public void ChangeLink(int index, LinkChange change)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(index);
        NetlinkWriter request = _connection.Begin(RTM_NEWLINK);
        request.Append(new LinkHeader(
            Index: index, Flags: change.Up == true ? IFF_UP : 0, Change: change.Up is null ? 0 : IFF_UP));
        if (change.Mtu is { } mtu)
            request.Attribute(IFLA_MTU, (uint)mtu);

        if (change.TransmitQueueLength is { } length)
            request.Attribute(IFLA_TXQLEN, (uint)length);

        if (change.SuperPacketSize is { } size)
        {
            request.Attribute(IFLA_GSO_MAX_SIZE, (uint)size);
            request.Attribute(IFLA_GSO_IPV4_MAX_SIZE, (uint)size);
        }

        _ = _connection.Execute($"set {change} on link {index}", request);
    }
}

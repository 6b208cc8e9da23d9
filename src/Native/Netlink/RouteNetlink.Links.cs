using System.Text;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

// Links.
public sealed partial class RouteNetlink
{
    private const int MaxNameLength = 15; // IFNAMSIZ without the closing zero

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

    /// <summary>Makes a vxlan device.</summary>
    /// <param name="name">At most 15 bytes.</param>
    /// <param name="vxlan">What it is.</param>
    /// <param name="more">
    /// What else it shall have from the start, for example its MTU and Ethernet address; else the kernel chooses. What
    /// <paramref name="vxlan"/> says already does not count.
    /// </param>
    /// <returns>The device as it became: the kernel lowers an MTU that does not fit the parent's.</returns>
    /// <exception cref="SysException">
    /// The name, or the VNI with the same port, is in use (EEXIST), there is no such parent (ENODEV), or the kernel has no vxlan
    /// (EOPNOTSUPP).
    /// </exception>
    public LinkInfo CreateVxlan(string name, VxlanAttributes vxlan, LinkChange more = default)
    {
        string what = $"create vxlan device '{name}' with VNI {vxlan.Vni}";
        NetlinkWriter request = _connection.Begin(RTM_NEWLINK, NetlinkAbi.NLM_F_CREATE | NetlinkAbi.NLM_F_EXCL);
        LinkMessages.WriteNewVxlan(ref request, name, vxlan, more);
        _ = _connection.Execute(what, request);
        return FindLink(name) ?? throw new SysException(what, Errno.ENODEV, "it was deleted at once");
    }

    /// <summary>Changes a link.</summary>
    /// <param name="index">The link.</param>
    /// <param name="change">
    /// What to change; the kernel applies it in the order vxlan, address, MTU, queue length, up, and keeps what it applied before
    /// the one it refused.
    /// </param>
    /// <exception cref="SysException">No such link (ENODEV), or a value that the device does not take (EINVAL).</exception>
    public void ChangeLink(int index, LinkChange change)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(index);

        // Two requests: the kernel refuses an MTU beside what only a vxlan device takes.
        LinkChange ofVxlan = change.OfVxlan;
        if (ofVxlan != default)
        {
            NetlinkWriter request = _connection.Begin(RTM_NEWLINK);
            LinkMessages.WriteVxlanChange(ref request, index, ofVxlan);
            _ = _connection.Execute($"set {ofVxlan} on link {index}", request);
        }

        LinkChange ofAny = change.OfAny;
        if (ofAny != default)
        {
            NetlinkWriter request = _connection.Begin(RTM_NEWLINK);
            LinkMessages.WriteChange(ref request, index, ofAny);
            _ = _connection.Execute($"set {ofAny} on link {index}", request);
        }
    }

    /// <summary>Gives a link another name.</summary>
    /// <param name="index">The link.</param>
    /// <param name="name">At most 15 bytes.</param>
    /// <exception cref="SysException">
    /// No such link (ENODEV), the name is in use (EEXIST), or the link is up and the kernel older than Linux 6.2 (EBUSY).
    /// </exception>
    public void RenameLink(int index, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(index);
        NetlinkWriter request = _connection.Begin(RTM_NEWLINK);
        request.Append(new LinkHeader(Index: index));
        request.Attribute(IFLA_IFNAME, name);
        _ = _connection.Execute($"rename link {index} to '{name}'", request);
    }

    /// <summary>Deletes a link, and with it its addresses, routes, neighbours and fdb entries.</summary>
    /// <param name="index">The link.</param>
    /// <returns>False when there is none of that index.</returns>
    /// <exception cref="SysException">A link that cannot be deleted, such as hardware (EOPNOTSUPP).</exception>
    public bool DeleteLink(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(index);
        NetlinkWriter request = _connection.Begin(RTM_DELLINK);
        request.Append(new LinkHeader(Index: index));
        return _connection.Execute($"delete link {index}", request, tolerated: Errno.ENODEV);
    }
}

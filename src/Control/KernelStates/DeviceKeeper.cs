using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>Makes devices and keeps them as they should be.</summary>
internal sealed class DeviceKeeper(RouteNetlink netlink, ILogger logger)
{
    // The last one of each name that was in order.
    private readonly Dictionary<string, LinkInfo> _inOrder = [];

    /// <summary>How often a device that had been in order was put in order again.</summary>
    public int Repairs { get; private set; }

    /// <summary>Puts a device in order.</summary>
    /// <param name="device">How it should be.</param>
    /// <param name="links">All links.</param>
    /// <returns>The device as it is now, or null when it is not there and somebody else is to make it.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public LinkInfo? Keep(KernelDevice device, IReadOnlyList<LinkInfo> links)
    {
        LinkInfo? found = links.FirstOrDefault(link => link.Name == device.Name);
        if (found is not null && device.WhyUnfit(found, links) is { } reason)
        {
            logger.DeviceUnfit(device.Name, reason);
            _ = netlink.DeleteLink(found.Index);
            found = null;
        }

        LinkInfo? last = _inOrder.GetValueOrDefault(device.Name);
        LinkInfo? renamed = found is null && last is not null ? NameAgain(device, last, links) : null;
        found ??= renamed;
        LinkInfo? link = found ?? device.Make(netlink, links);
        if (link is null)
            return null;

        bool isOther = link.Index != last?.Index;
        if (isOther)
            Ipv6Settings.Apply(device.Name);

        LinkChange change = device.Repair(link, links);
        if (change != default)
            netlink.ChangeLink(link.Index, change);

        if (found is not null && change != default)
            logger.DeviceChanged(device.Name, change);

        if (found is null && last is not null)
            logger.DeviceMadeAgain(device.Name);

        if (last is not null && (isOther || renamed is not null || change != default))
            Repairs++;

        _inOrder[device.Name] = link;
        return change == default ? link : netlink.FindLink(link.Index);
    }

    /// <summary>
    /// Gives a device that somebody has renamed its name back. The peers' entries are still on it, and as long as it is there the
    /// kernel makes no second one of its VNI and port.
    /// </summary>
    private LinkInfo? NameAgain(KernelDevice device, LinkInfo last, IReadOnlyList<LinkInfo> links)
    {
        LinkInfo? renamed = links.FirstOrDefault(link => link.Index == last.Index && link.Kind == last.Kind);
        if (renamed is null || device.WhyUnfit(renamed, links) is not null)
            return null;

        try
        {
            netlink.RenameLink(renamed.Index, device.Name);
        }
        catch (SysException e) when (e.Errno == Errno.EBUSY)
        {
            // Kernels before 6.2 rename only what is down; what goes with that is put back as everything else.
            netlink.ChangeLink(renamed.Index, new LinkChange(Up: false));
            netlink.RenameLink(renamed.Index, device.Name);
        }

        logger.DeviceNamedBack(device.Name, renamed.Name);
        return netlink.FindLink(renamed.Index);
    }
}

using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>Makes devices and keeps them as they should be.</summary>
internal sealed class DeviceKeeper(RouteNetlink netlink, ILogger logger)
{
    // The last one of each name that was in order.
    private readonly Dictionary<string, int> _indexes = [];

    /// <summary>How often a device that had been in order was put in order again.</summary>
    public int Repairs { get; private set; }

    /// <summary>Puts a device in order.</summary>
    /// <param name="device">How it should be.</param>
    /// <param name="links">All links.</param>
    /// <returns>The device as it is now, or null when it is not there and somebody else is to make it.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public LinkInfo? Keep(KernelDevice device, IReadOnlyList<LinkInfo> links)
    {
        bool wasInOrder = _indexes.TryGetValue(device.Name, out int index);
        LinkInfo? found = links.FirstOrDefault(link => link.Name == device.Name);
        if (found is not null && device.WhyUnfit(found, links) is { } reason)
        {
            logger.DeviceUnfit(device.Name, reason);
            _ = netlink.DeleteLink(found.Index);
            found = null;
        }

        bool isNamedBack = false;
        if (found is null && wasInOrder && FindRenamed(device, index, links) is { } renamed)
        {
            found = NameBack(device, renamed);
            isNamedBack = true;
        }

        LinkInfo? link = found ?? device.Make(netlink, links);
        if (link is null)
            return null;

        bool isOther = link.Index != index;
        if (isOther)
            Ipv6Settings.Apply(device.Name);

        LinkChange change = device.Repair(link, links);
        if (change != default)
            netlink.ChangeLink(link.Index, change);

        if (found is not null && change != default)
            logger.DeviceChanged(device.Name, change);

        if (found is null && wasInOrder)
            logger.DeviceMadeAgain(device.Name);

        if (wasInOrder && (isOther || isNamedBack || change != default))
            Repairs++;

        _indexes[device.Name] = link.Index;
        return change == default ? link : netlink.FindLink(link.Index);
    }

    /// <summary>Our device under a name that somebody gave it: a device with what is ours could not be made beside it.</summary>
    private static LinkInfo? FindRenamed(KernelDevice device, int index, IReadOnlyList<LinkInfo> links) =>
        links.FirstOrDefault(link => link.Index == index && device.WhyUnfit(link, links) is null);

    private LinkInfo? NameBack(KernelDevice device, LinkInfo renamed)
    {
        try
        {
            netlink.RenameLink(renamed.Index, device.Name);
        }
        catch (SysException e) when (e.Errno == Errno.EBUSY)
        {
            // Older kernels rename only what is down. It is set up again with all else that is to be put in order.
            netlink.ChangeLink(renamed.Index, new LinkChange(Up: false));
            netlink.RenameLink(renamed.Index, device.Name);
        }

        logger.DeviceNamedBack(device.Name, renamed.Name);
        return netlink.FindLink(renamed.Index);
    }
}

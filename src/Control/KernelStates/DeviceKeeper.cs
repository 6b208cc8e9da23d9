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
        LinkInfo? found = links.FirstOrDefault(link => link.Name == device.Name);
        if (found is not null && device.WhyUnfit(found, links) is { } reason)
        {
            logger.DeviceUnfit(device.Name, reason);
            _ = netlink.DeleteLink(found.Index);
            found = null;
        }

        LinkInfo? link = found ?? device.Make(netlink, links);
        if (link is null)
            return null;

        bool wasInOrder = _indexes.TryGetValue(device.Name, out int index);
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

        if (wasInOrder && (isOther || change != default))
            Repairs++;

        _indexes[device.Name] = link.Index;
        return change == default ? link : netlink.FindLink(link.Index);
    }
}

using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>What this host can offer: all of its subnet, until a bridge has an address of it (<see cref="TunnelOffer"/>).</summary>
internal sealed class OwnOffer : IDisposable
{
    // Containers come in swarms, and each makes many events.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Ipv4Prefix _own;
    private readonly TimeProvider _time;
    private readonly RouteEvents _events;
    private readonly RouteNetlink _netlink;
    private volatile bool _isBridged;

    /// <summary>Looks for the first time.</summary>
    /// <param name="own">This host's subnet.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="SysException">The process has no descriptor left.</exception>
    public OwnOffer(Ipv4Prefix own, TimeProvider time)
    {
        (_own, _time) = (own, time);
        _events = RouteEvents.Open(RouteEventGroups.Links | RouteEventGroups.Ipv4Addresses);
        _netlink = RouteNetlink.Open();
        Look();
    }

    /// <summary>As it was the last time that something changed.</summary>
    public TunnelOffer Now => new(TakesSubnet: !_isBridged);

    /// <summary>Waits until something changes, and looks again.</summary>
    public async Task LookAgainAsync(CancellationToken cancellation)
    {
        _ = await _events.WaitAsync(cancellation);
        await Task.Delay(Pause, _time, cancellation);
        Look();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _netlink.Dispose();
        _events.Dispose();
    }

    private void Look()
    {
        try
        {
            _isBridged = IsBridged();
        }
        catch (SysException)
        {
            // A list that changed too often while it was read. Both ways carry packets; the next change is looked at.
        }
    }

    private bool IsBridged()
    {
        HashSet<int> bridges = [.. _netlink.ListLinks().Where(link => link.Kind == "bridge").Select(link => link.Index)];
        return bridges.Count > 0 && _netlink.ListAddresses(AddressFamily.InterNetwork)
            .Any(address => bridges.Contains(address.LinkIndex) && _own.Contains(Ipv4Address.From(address.Address)));
    }
}

namespace FastFlannel.Native;

/// <summary>
/// The kernel's links, addresses, routes, neighbours and fdb entries, over one rtnetlink socket (rtnetlink(7)). It works in the network namespace of the
/// thread that opened it, and is used by one thread at a time. Changes need CAP_NET_ADMIN. What the kernel refuses is a
/// <see cref="SysException"/> that names the object, the values and the kernel's own explanation where it gives one.
/// </summary>
public sealed partial class RouteNetlink : IDisposable
{
    private readonly NetlinkConnection _connection;
    private NetlinkBatch? _batch; // large, and needed for changes alone

    private RouteNetlink(NetlinkConnection connection) => _connection = connection;

    /// <summary>Opens the socket.</summary>
    /// <exception cref="SysException">The process has no descriptor left, or the kernel has no netlink.</exception>
    public static RouteNetlink Open() => new(new NetlinkConnection(NetlinkSocket.OpenRoute()));

    /// <summary>Closes the socket; what was changed stays.</summary>
    public void Dispose() => _connection.Dispose();

    /// <summary>Makes one change.</summary>
    /// <returns>False when there was nothing to do.</returns>
    private bool Make(KernelChange change)
    {
        ChangeResult result = Apply([change])[0];
        return result.IsFailed ? throw result.ToException() : result.IsMade;
    }
}

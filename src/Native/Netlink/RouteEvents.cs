using System.Net.Sockets;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// Tells when links, addresses, routes, neighbours or forwarding entries change (rtnetlink(7), multicast groups). It tells of the
/// network namespace of the thread that opened it, wherever it is waited for, and of what happens from then on: open first, look
/// at what there is, then wait, and nothing is missed. Used by one thread at a time.
/// </summary>
public sealed class RouteEvents : IDisposable
{
    // The kernel sends what fits a page; a link with many virtual functions may take several.
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly Socket _socket;

    private RouteEvents(Socket socket) => _socket = socket;

    /// <summary>Begins to listen.</summary>
    /// <param name="groups">To what.</param>
    /// <exception cref="SysException">The process has no descriptor left, or the kernel has no netlink.</exception>
    public static RouteEvents Open(RouteEventGroups groups)
    {
        SafeSocketHandle handle = OpenSocket(groups);
        return new RouteEvents(new Socket(handle) { Blocking = false });
    }

    /// <summary>Waits until something has changed.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>
    /// All that is known by now, at least one, in the kernel's order. <see cref="RouteEventKind.Overrun"/> among them means that
    /// there was more.
    /// </returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async Task<IReadOnlyList<RouteEvent>> WaitAsync(CancellationToken cancellation)
    {
        List<RouteEvent> events = [];
        while (events.Count == 0)
        {
            try
            {
                int length = await _socket.ReceiveAsync(_buffer, SocketFlags.None, cancellation);
                RouteEventMessages.Parse(_buffer.AsSpan(0, length), events);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.NoBufferSpaceAvailable)
            {
                events.Add(new RouteEvent(RouteEventKind.Overrun));
            }

            TakeRest(events);
        }

        return events;
    }

    /// <summary>Stops listening.</summary>
    public void Dispose() => _socket.Dispose();

    private static unsafe SafeSocketHandle OpenSocket(RouteEventGroups groups)
    {
        int number = LibC.socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, NetlinkAbi.NETLINK_ROUTE);
        if (number < 0)
            throw new SysException("open a netlink socket", Marshal.GetLastPInvokeError());

        // Connected to the kernel, so that no other process can send to it; multicasts come all the same.
        var handle = new SafeSocketHandle(number, ownsHandle: true);
        var own = new NetlinkAddress((ushort)(int)LibC.AF_NETLINK, 0, Port: 0, Groups: (uint)groups);
        var kernel = own with { Groups = 0 };
        if (LibC.bind(number, (sockaddr*)&own, sizeof(NetlinkAddress)) == 0
            && LibC.connect(number, (sockaddr*)&kernel, sizeof(NetlinkAddress)) == 0)
        {
            return handle;
        }

        int errno = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw new SysException($"listen to netlink's {groups}", errno);
    }

    /// <summary>What is there without waiting: changes come in swarms.</summary>
    private void TakeRest(List<RouteEvent> events)
    {
        while (true)
        {
            int length = _socket.Receive(_buffer, SocketFlags.None, out SocketError error);
            switch (error)
            {
                case SocketError.Success:
                    RouteEventMessages.Parse(_buffer.AsSpan(0, length), events);
                    break;
                case SocketError.NoBufferSpaceAvailable:
                    events.Add(new RouteEvent(RouteEventKind.Overrun));
                    break;
                case SocketError.Interrupted:
                    break;
                default:
                    // Nothing there; or what the next wait will throw.
                    return;
            }
        }
    }
}

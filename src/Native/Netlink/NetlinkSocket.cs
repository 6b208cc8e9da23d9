using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// A netlink socket that talks to the kernel and to nobody else (netlink(7)). It belongs to the network namespace of the thread
/// that opened it, wherever it is used later.
/// </summary>
internal sealed unsafe class NetlinkSocket : Descriptor
{
    private NetlinkSocket(int number)
        : base(number)
    {
    }

    /// <summary>Opens a socket of the routing family.</summary>
    /// <exception cref="SysException">The process has no descriptor left, or the kernel has no netlink.</exception>
    public static NetlinkSocket OpenRoute() =>
        TryOpen(NetlinkAbi.NETLINK_ROUTE) ?? throw new SysException("open a netlink socket", Errno.EPROTONOSUPPORT);

    /// <summary>Opens a socket of any family.</summary>
    /// <param name="family">NETLINK_*.</param>
    /// <returns>Null when the kernel has none of this family.</returns>
    /// <exception cref="SysException">The process has no descriptor left.</exception>
    public static NetlinkSocket? TryOpen(int family)
    {
        int number = LibC.socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, family);
        if (number < 0 && Marshal.GetLastPInvokeError() == Errno.EPROTONOSUPPORT)
            return null;

        if (number < 0)
            throw new SysException("open a netlink socket", Marshal.GetLastPInvokeError());

        var socket = new NetlinkSocket(number);

        // Kernels before 4.20 lack some of these; they then say less in errors and filter less, and the answers stay right.
        SetOption(number, NetlinkAbi.NETLINK_CAP_ACK);
        SetOption(number, NetlinkAbi.NETLINK_EXT_ACK);
        SetOption(number, NetlinkAbi.NETLINK_GET_STRICT_CHK);

        // Port 0 is the kernel, and a connected netlink socket takes unicasts from its peer alone, so no answer can be forged by
        // another process.
        var kernel = new NetlinkAddress((ushort)(int)LibC.AF_NETLINK, 0, Port: 0, Groups: 0);
        if (LibC.connect(number, (sockaddr*)&kernel, sizeof(NetlinkAddress)) == 0)
            return socket;

        int errno = Marshal.GetLastPInvokeError();
        socket.Dispose();
        throw new SysException("connect a netlink socket to the kernel", errno);
    }

    /// <summary>Two connected sockets that keep message boundaries: a test plays the kernel on one of them.</summary>
    internal static (NetlinkSocket Socket, NetlinkSocket Kernel) CreatePair()
    {
        int* pair = stackalloc int[2];
        if (LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_SEQPACKET | LibC.SOCK_CLOEXEC, 0, pair) != 0)
            throw new SysException("make a socket pair", Marshal.GetLastPInvokeError());

        return (new NetlinkSocket(pair[0]), new NetlinkSocket(pair[1]));
    }

    /// <summary>Sends one datagram.</summary>
    public SysResult Send(ReadOnlySpan<byte> datagram)
    {
        using BorrowedDescriptor loan = Borrow();
        SysResult sent;
        do
        {
            // The span pins the memory for the call, and its length bounds what the kernel reads.
            fixed (byte* start = datagram)
                sent = SysResult.Of((long)LibC.send(loan.Number, start, datagram.Length, 0));
        }
        while (sent.Errno == Errno.EINTR);

        return sent;
    }

    /// <summary>Waits for one datagram and takes all of it.</summary>
    /// <param name="buffer">Where to put it; replaced by a bigger one when the datagram does not fit.</param>
    /// <returns>The datagram's length in bytes.</returns>
    public SysResult Receive(ref byte[] buffer)
    {
        // How much the kernel puts into one datagram differs between releases: ask before taking it.
        SysResult size = Receive([], LibC.MSG_PEEK | LibC.MSG_TRUNC);
        if (!size.Ok)
            return size;

        if (size.Value > buffer.Length)
            buffer = new byte[size.Value];

        return Receive(buffer, 0);
    }

    private SysResult Receive(Span<byte> buffer, int flags)
    {
        using BorrowedDescriptor loan = Borrow();
        SysResult received;
        do
        {
            // The span pins the memory for the call, and its length bounds what the kernel writes.
            fixed (byte* start = buffer)
                received = SysResult.Of((long)LibC.recv(loan.Number, start, buffer.Length, flags));
        }
        while (received.Errno == Errno.EINTR);

        return received;
    }

    private static void SetOption(int number, int option)
    {
        int on = 1;
        _ = LibC.setsockopt(number, LibC.SOL_NETLINK, option, &on, sizeof(int));
    }
}

using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>A UDP socket over IPv4 (udp(7)).</summary>
public sealed unsafe class UdpSocket : Descriptor
{
    private UdpSocket(int number)
        : base(number)
    {
    }

    /// <summary>Opens a socket and binds it to one local address.</summary>
    /// <param name="local">Address and port; port 0 lets the kernel choose.</param>
    /// <param name="shared">
    /// Lets further sockets of this user bind to the same endpoint; the kernel then gives each sender's datagrams to one of them
    /// (SO_REUSEPORT).
    /// </param>
    /// <exception cref="SysException">The address is not on this host (EADDRNOTAVAIL) or in use (EADDRINUSE).</exception>
    public static UdpSocket Bind(Ipv4Endpoint local, bool shared = false)
    {
        int number = LibC.socket(LibC.AF_INET, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK, 0);
        if (number < 0)
            throw new SysException("open a UDP socket", Marshal.GetLastPInvokeError());

        var socket = new UdpSocket(number);
        if (shared)
            _ = SetOption(number, LibC.SOL_SOCKET, LibC.SO_REUSEPORT, 1);

        sockaddr_in address = default;
        SocketAddress.Write(&address, local);
        if (LibC.bind(number, (sockaddr*)&address, sizeof(sockaddr_in)) == 0)
            return socket;

        int errno = Marshal.GetLastPInvokeError();
        socket.Dispose();
        throw new SysException($"bind a UDP socket to {local}", errno);
    }

    /// <summary>Opens several sockets on one endpoint, over which the kernel spreads senders.</summary>
    /// <param name="local">Address and port.</param>
    /// <param name="count">1 or more.</param>
    /// <exception cref="SysException">As for one socket.</exception>
    public static UdpSocket[] BindMany(Ipv4Endpoint local, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        UdpSocket sole = Bind(local);
        if (count == 1)
            return [sole];

        // The sole socket has shown that nobody else is there, whom sharing would rob of a part of its datagrams unnoticed.
        Ipv4Endpoint bound = sole.LocalEndpoint;
        sole.Dispose();
        var sockets = new UdpSocket[count];
        try
        {
            for (int i = 0; i < count; i++)
                sockets[i] = Bind(bound, shared: true);

            return sockets;
        }
        catch
        {
            // They would take datagrams that nobody reads, and hold the port against the next try.
            foreach (UdpSocket? socket in sockets)
                socket?.Dispose();

            throw;
        }
    }

    /// <summary>Takes over a socket that another process has bound, with the datagrams that wait in it.</summary>
    /// <param name="passed">Used up by this, unless it is refused.</param>
    /// <param name="local">Where it must be bound to.</param>
    /// <returns>Null when it is something else.</returns>
    public static UdpSocket? Adopt(PassedDescriptor passed, Ipv4Endpoint local)
    {
        ArgumentNullException.ThrowIfNull(passed);
        using (BorrowedDescriptor loan = passed.Borrow())
        {
            int type = 0;
            socklen_t length = sizeof(int);
            if (LibC.getsockopt(loan.Number, LibC.SOL_SOCKET, LibC.SO_TYPE, &type, &length) != 0 || type != LibC.SOCK_DGRAM)
                return null;

            // An address of another family is longer than its room, and is cut off.
            sockaddr_in address = default;
            length = sizeof(sockaddr_in);
            if (LibC.getsockname(loan.Number, (sockaddr*)&address, &length) != 0
                || address.sin_family != LibC.AF_INET
                || SocketAddress.Read(&address) != local)
            {
                return null;
            }
        }

        return new UdpSocket(passed.Detach());
    }

    /// <summary>
    /// Puts another socket in this one's place, under the same descriptor: a loop that has borrowed the number works on with the
    /// successor. Datagrams that this one held are lost.
    /// </summary>
    /// <remarks>
    /// Who waits on the number meanwhile, waits for the old socket, and is to be woken some other way to wait anew: poll(2) looks the
    /// number up again when it is woken, but is told by the file alone that it began with.
    /// </remarks>
    /// <param name="successor">Used up by this, also when it fails.</param>
    /// <exception cref="SysException">The kernel refused; this socket is as it was.</exception>
    public void Replace(UdpSocket successor)
    {
        ArgumentNullException.ThrowIfNull(successor);
        using (successor)
        using (BorrowedDescriptor own = Borrow())
        using (BorrowedDescriptor next = successor.Borrow())
        {
            // dup3 swaps what the number stands for in one step, so that no call of a loop meets a closed one.
            if (LibC.dup3(next.Number, own.Number, LibC.O_CLOEXEC) < 0)
                throw new SysException("replace a UDP socket", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>The local address and port.</summary>
    public Ipv4Endpoint LocalEndpoint
    {
        get
        {
            sockaddr_in address = default;
            socklen_t length = sizeof(sockaddr_in);
            using BorrowedDescriptor loan = Borrow();
            if (LibC.getsockname(loan.Number, (sockaddr*)&address, &length) != 0)
                throw new SysException("read a UDP socket's address", Marshal.GetLastPInvokeError());

            return SocketAddress.Read(&address);
        }
    }

    /// <summary>
    /// Asks for kernel buffers, beyond net.core.rmem_max and wmem_max where CAP_NET_ADMIN allows it (socket(7), SO_RCVBUFFORCE).
    /// </summary>
    /// <param name="bytes">Wanted for each direction.</param>
    /// <returns>What each direction has got at least, in bytes.</returns>
    public int SetBuffers(int bytes)
    {
        using BorrowedDescriptor loan = Borrow();
        int receive = SetBuffer(loan.Number, SocketAbi.SO_RCVBUFFORCE, LibC.SO_RCVBUF, bytes);
        int send = SetBuffer(loan.Number, SocketAbi.SO_SNDBUFFORCE, LibC.SO_SNDBUF, bytes);
        return Math.Min(receive, send);
    }

    /// <summary>
    /// Lets the kernel hand over datagrams of one sender in bundles (udp(7), UDP_GRO, since Linux 5.0), so that only a
    /// <see cref="ReceiveVector"/> with its buffers of 64 KiB understands what comes.
    /// </summary>
    /// <param name="bundles">Whether it may; if not, nobody can take apart the bundles that wait already.</param>
    /// <returns>ENOPROTOOPT when the kernel cannot.</returns>
    public SysResult TryReceiveBundles(bool bundles = true)
    {
        using BorrowedDescriptor loan = Borrow();
        return SetOption(loan.Number, SocketAbi.SOL_UDP, SocketAbi.UDP_GRO, bundles ? 1 : 0);
    }

    /// <summary>Whether the kernel takes bundles to cut up (udp(7), UDP_SEGMENT, since Linux 4.18).</summary>
    /// <returns>ENOPROTOOPT when it does not.</returns>
    public SysResult ProbeSegmentation()
    {
        using BorrowedDescriptor loan = Borrow();
        return SetOption(loan.Number, SocketAbi.SOL_UDP, SocketAbi.UDP_SEGMENT, 0);
    }

    /// <summary>
    /// Makes a datagram that is longer than the path to its destination takes fail with EMSGSIZE, in place of being fragmented
    /// (ip(7), IP_PMTUDISC_DO).
    /// </summary>
    /// <exception cref="SysException">The kernel refused.</exception>
    public void RefuseFragmentation()
    {
        using BorrowedDescriptor loan = Borrow();
        SysResult set = SetOption(loan.Number, LibC.IPPROTO_IP, LibC.IP_MTU_DISCOVER, SocketAbi.IP_PMTUDISC_DO);
        if (!set.Ok)
            throw new SysException("set a UDP socket's path MTU discovery", set.Errno);
    }

    /// <summary>Sends one datagram without waiting.</summary>
    public static SysResult SendTo(int socket, ReadOnlySpan<byte> datagram, Ipv4Endpoint destination)
    {
        sockaddr_in address = default;
        SocketAddress.Write(&address, destination);
        fixed (byte* start = datagram)
        {
            return SysResult.Of((long)LibC.sendto(
                socket, start, datagram.Length, LibC.MSG_DONTWAIT, (sockaddr*)&address, sizeof(sockaddr_in)));
        }
    }

    /// <summary>Sends one datagram without waiting, in fragments where the path is too narrow for the whole of it.</summary>
    /// <param name="socket">A socket that <see cref="RefuseFragmentation"/> was called on.</param>
    /// <param name="datagram">Its payload.</param>
    /// <param name="destination">Where to.</param>
    public static SysResult SendFragmented(int socket, ReadOnlySpan<byte> datagram, Ipv4Endpoint destination)
    {
        _ = SetOption(socket, LibC.IPPROTO_IP, LibC.IP_MTU_DISCOVER, SocketAbi.IP_PMTUDISC_WANT);
        SysResult sent = SendTo(socket, datagram, destination);
        _ = SetOption(socket, LibC.IPPROTO_IP, LibC.IP_MTU_DISCOVER, SocketAbi.IP_PMTUDISC_DO);
        return sent;
    }

    /// <summary>What the path to a destination takes at present, as far as the kernel knows (ip(7), IP_MTU).</summary>
    /// <returns>Bytes of a whole IP packet; or why it is not known, for example that there is no route.</returns>
    public static SysResult PathMtu(Ipv4Endpoint destination)
    {
        // Only a connected socket has a path to ask about; connecting a UDP socket sends nothing.
        int number = LibC.socket(LibC.AF_INET, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
        if (number < 0)
            return SysResult.Of(number);

        sockaddr_in address = default;
        SocketAddress.Write(&address, destination);
        int mtu = 0;
        socklen_t length = sizeof(int);
        int result = LibC.connect(number, (sockaddr*)&address, sizeof(sockaddr_in));
        if (result == 0)
            result = LibC.getsockopt(number, LibC.IPPROTO_IP, LibC.IP_MTU, &mtu, &length);

        SysResult answer = SysResult.Of(result == 0 ? mtu : result);
        _ = LibC.close(number);
        return answer;
    }

    private static SysResult SetOption(int socket, int level, int option, int value) =>
        SysResult.Of(LibC.setsockopt(socket, level, option, &value, sizeof(int)));

    private static int SetBuffer(int socket, int forced, int polite, int bytes)
    {
        if (!SetOption(socket, LibC.SOL_SOCKET, forced, bytes).Ok)
            _ = SetOption(socket, LibC.SOL_SOCKET, polite, bytes);

        int granted = 0;
        socklen_t length = sizeof(int);
        _ = LibC.getsockopt(socket, LibC.SOL_SOCKET, polite, &granted, &length);

        // The kernel doubles the value to make room for its own bookkeeping, and reports the double.
        return granted / 2;
    }
}

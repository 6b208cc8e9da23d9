using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>A UDP socket over IPv4 (udp(7)).</summary>
public sealed unsafe class UdpSocket : Descriptor
{
    // Not in the C library binding: asm-generic/socket.h.
    private const int SO_SNDBUFFORCE = 32;
    private const int SO_RCVBUFFORCE = 33;

    private UdpSocket(int number)
        : base(number)
    {
    }

    /// <summary>Opens a socket and binds it to one local address.</summary>
    /// <param name="local">Address and port; port 0 lets the kernel choose.</param>
    /// <exception cref="SysException">The address is not on this host (EADDRNOTAVAIL) or in use (EADDRINUSE).</exception>
    public static UdpSocket Bind(Ipv4Endpoint local)
    {
        int number = LibC.socket(LibC.AF_INET, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK, 0);
        if (number < 0)
            throw new SysException("open a UDP socket", Marshal.GetLastPInvokeError());

        var socket = new UdpSocket(number);
        sockaddr_in address = default;
        DatagramVector.WriteAddress(&address, local);
        if (LibC.bind(number, (sockaddr*)&address, sizeof(sockaddr_in)) == 0)
            return socket;

        int errno = Marshal.GetLastPInvokeError();
        socket.Dispose();
        throw new SysException($"bind a UDP socket to {local}", errno);
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

            var bytes = new ReadOnlySpan<byte>(&address, sizeof(sockaddr_in));
            return new Ipv4Endpoint(
                new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(bytes[4..])), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
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
        int receive = SetBuffer(loan.Number, SO_RCVBUFFORCE, LibC.SO_RCVBUF, bytes);
        int send = SetBuffer(loan.Number, SO_SNDBUFFORCE, LibC.SO_SNDBUF, bytes);
        return Math.Min(receive, send);
    }

    /// <summary>Sends one datagram without waiting.</summary>
    public static SysResult SendTo(int socket, ReadOnlySpan<byte> datagram, Ipv4Endpoint destination)
    {
        sockaddr_in address = default;
        DatagramVector.WriteAddress(&address, destination);
        fixed (byte* start = datagram)
        {
            return SysResult.Of((long)LibC.sendto(
                socket, start, datagram.Length, LibC.MSG_DONTWAIT, (sockaddr*)&address, sizeof(sockaddr_in)));
        }
    }

    private static int SetBuffer(int socket, int forced, int polite, int bytes)
    {
        if (LibC.setsockopt(socket, LibC.SOL_SOCKET, forced, &bytes, sizeof(int)) != 0)
            _ = LibC.setsockopt(socket, LibC.SOL_SOCKET, polite, &bytes, sizeof(int));

        int granted = 0;
        socklen_t length = sizeof(int);
        _ = LibC.getsockopt(socket, LibC.SOL_SOCKET, polite, &granted, &length);

        // The kernel doubles the value to make room for its own bookkeeping, and reports the double.
        return granted / 2;
    }
}

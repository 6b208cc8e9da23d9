using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>What tests do to descriptors by their numbers. A test's own objects outlive each call.</summary>
internal static class RawDescriptor
{
    // asm-generic/socket.h
    private const int SOL_SOCKET = 1;
    private const int SO_NO_CHECK = 11;

    // Longer than any packet. Kept, as a new one for each packet would keep the garbage collector busy.
    [ThreadStatic]
    private static byte[]? _buffer;

    public static int Of(Descriptor descriptor)
    {
        using BorrowedDescriptor loan = descriptor.Borrow();
        return loan.Number;
    }

    /// <summary>One packet or datagram, or null when none is there.</summary>
    public static byte[]? Read(Descriptor from)
    {
        byte[] buffer = _buffer ??= new byte[2 * 65536];
        SysResult read = DescriptorIo.Read(Of(from), buffer);
        return read.Ok ? buffer[..read.Value] : null;
    }

    /// <summary>
    /// Makes the kernel refuse every bundle on a socket, and nothing else: without UDP checksums it cuts nothing up (EINVAL, linux
    /// net/ipv4/udp.c).
    /// </summary>
    public static void RefuseBundles(UdpSocket socket, bool refuse = true)
    {
        using var view = new Socket(new SafeSocketHandle(Of(socket), ownsHandle: false));
        view.SetRawSocketOption(SOL_SOCKET, SO_NO_CHECK, BitConverter.GetBytes(refuse ? 1 : 0));
    }
}

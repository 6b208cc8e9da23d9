using System.Net.Sockets;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// Sends open descriptors to another process and receives them, over a Unix socket and beside a message (unix(7), SCM_RIGHTS). Both
/// processes then have the same socket or queue, with whatever waits in it.
/// </summary>
public static unsafe class DescriptorPassing
{
    /// <summary>How many go beside one message at most (linux/net/scm.h, SCM_MAX_FD).</summary>
    public const int MaximumCount = 253;

    private const int NumberSize = sizeof(int);

    private static int HeaderSize => sizeof(cmsghdr);

    /// <summary>Sends a message without waiting for room.</summary>
    /// <param name="socket">A connected Unix socket.</param>
    /// <param name="message">At least one byte.</param>
    /// <param name="descriptors">Up to <see cref="MaximumCount"/>; they stay open here.</param>
    /// <exception cref="SysException">EAGAIN when the other side does not read; EPIPE or ECONNREFUSED when there is none.</exception>
    public static void Send(Socket socket, ReadOnlySpan<byte> message, IReadOnlyList<Descriptor> descriptors)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(descriptors);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Count, MaximumCount);
        int length = HeaderSize + (NumberSize * descriptors.Count);
        byte* control = stackalloc byte[HeaderSize + (NumberSize * MaximumCount)];
        var header = (cmsghdr*)control;
        header->cmsg_len = length;
        header->cmsg_level = LibC.SOL_SOCKET;
        header->cmsg_type = SocketAbi.SCM_RIGHTS;
        var numbers = new Span<int>(control + HeaderSize, descriptors.Count);
        int lent = 0;
        try
        {
            for (; lent < descriptors.Count; lent++)
            {
                bool isLent = false;
                descriptors[lent].DangerousAddRef(ref isLent);
                numbers[lent] = (int)descriptors[lent].DangerousGetHandle();
            }

            Transmit(socket, message, control, descriptors.Count == 0 ? 0 : length);
        }
        finally
        {
            for (int i = 0; i < lent; i++)
                descriptors[i].DangerousRelease();
        }
    }

    /// <summary>Receives a message, or of a stream what is there; waits as long as the socket does.</summary>
    /// <param name="socket">A Unix socket that waits.</param>
    /// <param name="buffer">Receives the bytes.</param>
    /// <param name="received">Receives the descriptors, which no child of this process inherits.</param>
    /// <returns>How many bytes; 0 at a stream's end.</returns>
    /// <exception cref="SysException">EAGAIN when the socket's time is up; EMSGSIZE when there were too many descriptors.</exception>
    public static int Receive(Socket socket, Span<byte> buffer, ICollection<PassedDescriptor> received)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(received);
        int room = HeaderSize + (NumberSize * MaximumCount);
        byte* control = stackalloc byte[room];
        fixed (byte* start = buffer)
        {
            iovec vector = new() { iov_base = start, iov_len = buffer.Length };
            msghdr message = new() { msg_iov = &vector, msg_iovlen = 1, msg_control = control, msg_controllen = room };
            long length = Call(socket, &message, isSend: false);

            // One control message at most: this kind is the only one that was not asked for and comes all the same.
            var header = (cmsghdr*)control;
            int filled = (int)message.msg_controllen;
            if (filled >= HeaderSize && header->cmsg_level == LibC.SOL_SOCKET && header->cmsg_type == SocketAbi.SCM_RIGHTS)
            {
                int count = ((int)header->cmsg_len - HeaderSize) / NumberSize;
                foreach (int number in new ReadOnlySpan<int>(control + HeaderSize, count))
                    received.Add(new PassedDescriptor(number));
            }

            return (message.msg_flags & SocketAbi.MSG_CTRUNC) == 0
                ? (int)length
                : throw new SysException("receive descriptors", Errno.EMSGSIZE);
        }
    }

    private static void Transmit(Socket socket, ReadOnlySpan<byte> bytes, byte* control, int controlLength)
    {
        fixed (byte* start = bytes)
        {
            iovec vector = new() { iov_base = start, iov_len = bytes.Length };
            msghdr message = new()
            {
                msg_iov = &vector,
                msg_iovlen = 1,
                msg_control = controlLength == 0 ? null : control,
                msg_controllen = controlLength,
            };
            _ = Call(socket, &message, isSend: true);
        }
    }

    // Everything that the message points to is on the caller's stack, or pinned by it.
    private static long Call(Socket socket, msghdr* message, bool isSend)
    {
        bool isLent = false;
        SafeSocketHandle handle = socket.SafeHandle;
        handle.DangerousAddRef(ref isLent);
        int number = (int)handle.DangerousGetHandle();
        try
        {
            while (true)
            {
                long result = isSend
                    ? (long)LibC.sendmsg(number, message, LibC.MSG_DONTWAIT | SocketAbi.MSG_NOSIGNAL)
                    : (long)LibC.recvmsg(number, message, SocketAbi.MSG_CMSG_CLOEXEC);
                if (result >= 0)
                    return result;

                int errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                    throw new SysException($"{(isSend ? "send" : "receive")} over a Unix socket", errno);
            }
        }
        finally
        {
            handle.DangerousRelease();
        }
    }
}

using System.Net.Sockets;
using System.Text;
using FastFlannel.Native;

namespace FastFlannel.Daemon;

/// <summary>The socket that a service manager reads (sd_notify(3)). One that does not read holds nobody up for longer than a moment.</summary>
internal static class NotifySocket
{
    /// <summary>The environment variable that names it.</summary>
    public const string Variable = "NOTIFY_SOCKET";

    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(500);

    /// <summary>Sends a message.</summary>
    /// <param name="path">Where; a name in the abstract namespace begins with @.</param>
    /// <param name="text">The message.</param>
    /// <param name="descriptors">What goes with it.</param>
    /// <exception cref="SocketException">Nobody is there, or nobody reads.</exception>
    /// <exception cref="SysException">It cannot be sent.</exception>
    public static void Send(string path, string text, IReadOnlyList<Descriptor> descriptors)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Connect(Address(path));
        if (!socket.Poll(Limit, SelectMode.SelectWrite))
            throw new SocketException((int)SocketError.TimedOut);

        DescriptorPassing.Send(socket, Encoding.UTF8.GetBytes(text), descriptors);
    }

    private static UnixDomainSocketEndPoint Address(string path)
    {
        try
        {
            return new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path);
        }
        catch (ArgumentException)
        {
            throw new SocketException((int)SocketError.AddressNotAvailable, $"{path} is longer than a socket's path may be");
        }
    }
}

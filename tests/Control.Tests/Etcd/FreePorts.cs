using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Control.Tests;

/// <summary>
/// TCP ports of the loopback address for servers that tests start: each is given out once, and none is of those that the kernel gives to
/// connections (ip_local_port_range), one of which could take it before the server does.
/// </summary>
internal static class FreePorts
{
    private const int First = 20_000;

    private static int _last = First + Random.Shared.Next(4000);

    /// <summary>One that nobody listens at.</summary>
    public static int Take()
    {
        while (true)
        {
            int port = Interlocked.Increment(ref _last);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's.
            }
        }
    }
}

using System.Net;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Lab;

/// <summary>Sockets of this process inside of the lab's namespaces.</summary>
internal static class EndpointSocket
{
    /// <summary>Opens one at an end of the overlay, with its address and a port that is free.</summary>
    /// <param name="at">The end.</param>
    /// <param name="protocol">UDP, TCP, or ICMP by a raw socket.</param>
    public static Socket Open(Endpoint at, ProtocolType protocol)
    {
        Socket? opened = null;
        NamedNamespace.RunIn(at.Namespace.Path, () =>
        {
            opened = new Socket(
                AddressFamily.InterNetwork,
                protocol switch
                {
                    ProtocolType.Udp => SocketType.Dgram,
                    ProtocolType.Tcp => SocketType.Stream,
                    _ => SocketType.Raw,
                },
                protocol);
            opened.Bind(new IPEndPoint(IPAddress.Parse(at.Address), 0));
        });
        return opened!;
    }
}

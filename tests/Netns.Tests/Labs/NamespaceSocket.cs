using System.Net;
using System.Net.Sockets;
using FastFlannel.Lab;
using FastFlannel.Native;

namespace FastFlannel.Netns.Tests;

/// <summary>Sockets that live in a namespace and are used from outside.</summary>
internal static class NamespaceSocket
{
    // Not in the class library: linux/in.h. Without it the kernel keeps most ICMP errors from UDP sockets.
    private const int SolIp = 0;
    private const int IpRecvErr = 11;

    // linux/in6.h.
    private const int SolIpv6 = 41;
    private const int Ipv6RecvErr = 25;
    private const int Ipv6DestinationOptions = 59;

    // linux/tcp.h.
    private const int TcpCongestion = 13;

    /// <summary>A UDP socket connected to an address, which reports every ICMP error that comes for it.</summary>
    public static Socket ConnectUdp(Endpoint from, string address, int port) => Open(from, () =>
    {
        var destination = IPAddress.Parse(address);
        bool isIpv6 = destination.AddressFamily == AddressFamily.InterNetworkV6;
        var socket = new Socket(destination.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.SetRawSocketOption(isIpv6 ? SolIpv6 : SolIp, isIpv6 ? Ipv6RecvErr : IpRecvErr, BitConverter.GetBytes(1));
        socket.Connect(destination, port);
        return socket;
    });

    /// <summary>A UDP socket bound to an end's address.</summary>
    public static Socket BindUdp(Namespace @namespace, string address, int port) => Open(@namespace, () =>
    {
        var own = IPAddress.Parse(address);
        var socket = new Socket(own.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(own, port));
        return socket;
    });

    /// <summary>A raw IP socket bound to an end's address: it is handed whole packets, and sends payloads.</summary>
    public static Socket BindRaw(Endpoint at, ProtocolType protocol) => Open(at, () =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Raw, protocol);
        socket.Bind(new IPEndPoint(IPAddress.Parse(at.Address), 0));
        return socket;
    });

    /// <summary>A TCP socket that listens on an end's address, on any port.</summary>
    public static Socket ListenTcp(Endpoint at) => Open(at, () =>
    {
        var own = IPAddress.Parse(at.Address);
        Socket socket = NewTcp(own.AddressFamily);
        socket.Bind(new IPEndPoint(own, 0));
        socket.Listen();
        return socket;
    });

    /// <summary>A TCP socket of one end that is connected to a listener of another.</summary>
    public static async Task<Socket> ConnectTcpAsync(Endpoint from, Socket listener, CancellationToken cancellation)
    {
        Socket socket = Open(from, () => NewTcp(listener.AddressFamily));
        try
        {
            await socket.ConnectAsync(listener.LocalEndPoint!, cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Has each packet of an IPv6 socket carry an extension header with nothing but padding in it.</summary>
    public static void AddExtensionHeader(Socket socket) =>
        socket.SetRawSocketOption(SolIpv6, Ipv6DestinationOptions, [0, 0, 1, 4, 0, 0, 0, 0]);

    /// <summary>What a datagram to nowhere comes back with.</summary>
    /// <returns>The error that ICMP brought, or <see cref="SocketError.TimedOut"/> when nothing came in time.</returns>
    public static SocketError Probe(Socket connected, TimeSpan limit)
    {
        connected.ReceiveTimeout = (int)limit.TotalMilliseconds;
        try
        {
            _ = connected.Send(new byte[8]);
            _ = connected.Receive(new byte[64]);
            return SocketError.Success;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode == SocketError.WouldBlock ? SocketError.TimedOut : error.SocketErrorCode;
        }
    }

    /// <summary>
    /// With cubic, where the kernel has it: a machine may default to bbr, which retransmits on a wire that loses nothing.
    /// </summary>
    private static Socket NewTcp(AddressFamily family)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpCongestion, "cubic"u8);
        }
        catch (SocketException)
        {
            // What the tests say holds with any.
        }

        return socket;
    }

    private static Socket Open(Endpoint at, Func<Socket> open) => Open(at.Namespace, open);

    private static Socket Open(Namespace @namespace, Func<Socket> open)
    {
        Socket? opened = null;
        NamedNamespace.RunIn(@namespace.Path, () => opened = open());
        return opened!;
    }
}

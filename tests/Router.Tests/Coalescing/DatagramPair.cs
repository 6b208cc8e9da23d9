using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Router.Tests;

/// <summary>
/// Two connected UDP sockets in a TUN queue's place. A datagram takes 65507 bytes, so that the kernel refuses super-packets that are
/// a little longer (EMSGSIZE) and takes the packets that they are made of.
/// </summary>
internal sealed class DatagramPair : IDisposable
{
    private readonly Socket _tun = Bind();
    private readonly Socket _kernel = Bind();
    private readonly byte[] _buffer = new byte[65536];

    public DatagramPair()
    {
        _tun.Connect(_kernel.LocalEndPoint!);
        _kernel.Connect(_tun.LocalEndPoint!);
    }

    /// <summary>The TUN queue.</summary>
    public int Descriptor => (int)_tun.Handle;

    /// <summary>The next write, or null.</summary>
    public byte[]? Read() => _kernel.Poll(TimeSpan.FromMilliseconds(20), SelectMode.SelectRead)
        ? _buffer[.._kernel.Receive(_buffer)]
        : null;

    /// <summary>Forgets what was written.</summary>
    public void Drain()
    {
        while (_kernel.Available > 0)
            _ = _kernel.Receive(_buffer);
    }

    public void Dispose()
    {
        _tun.Dispose();
        _kernel.Dispose();
    }

    private static Socket Bind()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            Blocking = false,
            SendBufferSize = 4 << 20,
            ReceiveBufferSize = 4 << 20,
        };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}

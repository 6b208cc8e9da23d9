using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Native.Tests;

/// <summary>Sends Ethernet frames over a link, as they are (packet(7)).</summary>
internal sealed class FrameSender : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Packet, SocketType.Raw, 0);

    public FrameSender(LinkInfo link) => _socket.Bind(new LinkEndPoint(link.Index));

    public void Send(ReadOnlySpan<byte> frame) => Assert.Equal(frame.Length, _socket.Send(frame));

    public void Dispose() => _socket.Dispose();

    /// <summary>One link, without receiving from it (struct sockaddr_ll).</summary>
    private sealed class LinkEndPoint(int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override System.Net.SocketAddress Serialize()
        {
            var address = new System.Net.SocketAddress(AddressFamily.Packet, 20);
            BinaryPrimitives.WriteInt32LittleEndian(address.Buffer.Span[4..], index);
            return address;
        }
    }
}

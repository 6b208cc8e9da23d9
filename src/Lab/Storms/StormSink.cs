using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Lab;

/// <summary>
/// A host that has the addresses of half of a storm's generations, and receives what is sent to them the way flanneld's does: in one
/// UDP socket. It hands the probes to their flows and answers nothing.
/// </summary>
internal sealed class StormSink : IDisposable
{
    private const int Port = 8285;
    private const int BufferSize = 16 << 20;
    private const int SolSocket = 1;
    private const int ReceiveBufferForced = 33; // asm-generic/socket.h, SO_RCVBUFFORCE

    private readonly IReadOnlyList<StormFlow> _flows;
    private readonly Socket _socket;
    private readonly Thread _thread;
    private volatile bool _isOver;

    /// <summary>Begins to receive.</summary>
    /// <param name="host">A host without a daemon.</param>
    /// <param name="flows">Whose probes come, by their numbers.</param>
    public StormSink(LabHost host, IReadOnlyList<StormFlow> flows)
    {
        _flows = flows;
        Socket? socket = null;
        NamedNamespace.RunIn(host.Namespace.Path, () => socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        _socket = socket!;
        _socket.SetRawSocketOption(SolSocket, ReceiveBufferForced, BitConverter.GetBytes(BufferSize));
        _socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
        _socket.ReceiveTimeout = 50; // milliseconds
        _socket.Bind(new IPEndPoint(IPAddress.Any, Port));
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Gives a host a sink's addresses.</summary>
    public static Task PrepareAsync(LabHost host, int sink, CancellationToken ct) =>
        host.Namespace.IpAsync([$"route add local {StormPeers.NetworkOfSink(sink)} dev lo"], ct);

    /// <inheritdoc/>
    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
        _socket.Dispose();
    }

    private void Run()
    {
        byte[] datagram = new byte[65536];
        Span<byte> address = stackalloc byte[4];
        while (!_isOver)
        {
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            SocketFlags flags = SocketFlags.None;
            try
            {
                int length = _socket.ReceiveMessageFrom(
                    datagram, 0, datagram.Length, ref flags, ref from, out IPPacketInformation about);
                if (length != StormFlow.Headers + StormFlow.PayloadSize)
                    continue;

                _ = about.Address.TryWriteBytes(address, out _);
                int flow = BinaryPrimitives.ReadInt32BigEndian(datagram.AsSpan(StormFlow.Headers));
                if (flow >= 0 && flow < _flows.Count)
                    _flows[flow].Receive(BinaryPrimitives.ReadUInt32BigEndian(address), datagram.AsSpan(0, length));
            }
            catch (SocketException)
            {
                // Nothing came for a while.
            }
        }
    }
}

using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Lab;

/// <summary>
/// ICMP echo requests at a steady pace. Unlike ping(8), which waits for the last ones as long as two round trips have taken so far, it
/// waits for each as long as any does: on a busy machine the difference looks like loss.
/// </summary>
internal sealed class EchoFlow
{
    private const int IpHeader = 20; // raw sockets receive it without options here
    private const int Size = 64;
    private const byte EchoReply = 0;
    private const int Patience = 3000; // milliseconds without an answer

    private static int _flows;

    private readonly Socket _socket;
    private readonly IPEndPoint _to;
    private readonly ushort _id;
    private readonly CancellationToken _enough;
    private readonly bool[] _answered = new bool[ushort.MaxValue + 1];
    private int _sent;

    /// <summary>Describes one that has not begun.</summary>
    /// <param name="socket">A raw ICMP socket, bound to the sender's address; belongs to the flow.</param>
    /// <param name="to">Who answers.</param>
    /// <param name="enough">Ends the requests.</param>
    public EchoFlow(Socket socket, IPAddress to, CancellationToken enough)
    {
        (_socket, _enough) = (socket, enough);
        _to = new IPEndPoint(to, 0);
        _id = (ushort)(Environment.ProcessId + Interlocked.Increment(ref _flows));
    }

    /// <summary>How many requests there were so far.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>Sends one.</summary>
    /// <exception cref="SocketException">The kernel refused it.</exception>
    public void Send()
    {
        Span<byte> message = stackalloc byte[Size];
        message.Clear();
        IcmpEcho.WriteRequest(message, _id, (ushort)_sent);
        _ = Interlocked.Increment(ref _sent);
        _ = _socket.SendTo(message, _to);
    }

    /// <summary>Receives answers until there is one to each request, or none for a while after the last.</summary>
    /// <returns>How many requests were answered.</returns>
    public int Receive()
    {
        byte[] packet = new byte[2048];
        int answered = 0;
        long last = Stopwatch.GetTimestamp();
        while (!_enough.IsCancellationRequested || (answered < Sent && Stopwatch.GetElapsedTime(last).TotalMilliseconds < Patience))
        {
            if (!TryReceive(packet, out int length))
                continue;

            ReadOnlySpan<byte> message = packet.AsSpan(0, length)[IpHeader..];
            if (message.Length < IcmpEcho.Header || message[0] != EchoReply || BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != _id)
                continue;

            ref bool seen = ref _answered[BinaryPrimitives.ReadUInt16BigEndian(message[6..])];
            answered += seen ? 0 : 1;
            seen = true;
            last = Stopwatch.GetTimestamp();
        }

        return answered;
    }

    private bool TryReceive(byte[] packet, out int length)
    {
        length = 0;
        try
        {
            // In turns: the last answer may have come before there was enough.
            if (!_socket.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead))
                return false;

            length = _socket.Receive(packet);
            return length >= IpHeader;
        }
        catch (SocketException)
        {
            // An ICMP error of somebody's on the way.
            return false;
        }
    }
}

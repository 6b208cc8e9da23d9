using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Lab;

/// <summary>
/// Packets from one end of the overlay to another at a steady pace, to see what is lost while something happens to a daemon: pings,
/// datagrams and a TCP stream, for as long as wanted.
/// </summary>
public sealed class SteadyTraffic : IAsyncDisposable
{
    private const int PingsPerSecond = 100;
    private const int DatagramSize = 200;
    private const int BlockSize = 6250; // 50 Mbit/s are a thousand a second
    private const int SocketBuffer = 64 << 20;
    private const int SolSocket = 1;
    private const int ReceiveBufferForced = 33; // asm-generic/socket.h, SO_RCVBUFFORCE

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    // A stream that makes no step for this long is dead.
    private static readonly TimeSpan StreamLimit = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _enough = new();
    private readonly Socket[] _sockets;
    private readonly Task<long> _pings;
    private readonly Task<int> _pingsAnswered;
    private readonly Task<long> _datagramsSent;
    private readonly Task<(long Received, TimeSpan LongestGap, long GapEnd)> _datagrams;
    private readonly Task<long> _bytesSent;
    private readonly Task<long> _bytes;
    private volatile Socket? _accepted;

    private SteadyTraffic(Endpoint from, Endpoint to, int datagramsPerSecond)
    {
        Socket udp = EndpointSocket.Open(to, ProtocolType.Udp);
        udp.SetRawSocketOption(SolSocket, ReceiveBufferForced, BitConverter.GetBytes(SocketBuffer));
        Socket listener = EndpointSocket.Open(to, ProtocolType.Tcp);
        listener.Listen();
        Socket icmp = EndpointSocket.Open(from, ProtocolType.Icmp);
        Socket udpSender = EndpointSocket.Open(from, ProtocolType.Udp);
        Socket tcpSender = EndpointSocket.Open(from, ProtocolType.Tcp);
        _sockets = [udp, listener, icmp, udpSender, tcpSender];
        var echo = new EchoFlow(icmp, IPAddress.Parse(to.Address), _enough.Token);
        _pings = OnThread(() => AtPace(PingsPerSecond, echo.Send));
        _pingsAnswered = OnThread(() =>
        {
            using (icmp)
                return echo.Receive();
        });
        _datagrams = OnThread(() => ReceiveDatagrams(udp));
        _datagramsSent = OnThread(() => SendDatagrams(udpSender, udp.LocalEndPoint!, datagramsPerSecond));
        _bytes = OnThread(() => ReceiveStream(listener));
        _bytesSent = OnThread(() => SendStream(tcpSender, listener.LocalEndPoint!));
    }

    /// <summary>Begins: 100 pings a second, 50 Mbit/s over TCP, and datagrams.</summary>
    /// <param name="from">Who sends.</param>
    /// <param name="to">Who receives.</param>
    /// <param name="datagramsPerSecond">How many, of 200 bytes.</param>
    public static SteadyTraffic Start(Endpoint from, Endpoint to, int datagramsPerSecond) => new(from, to, datagramsPerSecond);

    /// <summary>Sends no more, and waits for what is under way.</summary>
    public async Task<SteadyTrafficResult> FinishAsync()
    {
        await _enough.CancelAsync();
        (long received, TimeSpan gap, long gapEnd) = await _datagrams;
        return new SteadyTrafficResult(
            (int)await _pings, await _pingsAnswered, await _datagramsSent, received, gap, gapEnd, await _bytesSent, await _bytes);
    }

    /// <summary>Sends no more, however it went, and waits for nothing that is under way: the daemons may be gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        foreach (Socket socket in _sockets)
            socket.Dispose();

        // One that is accepted in this very moment ends by itself, with its time limit.
        _accepted?.Dispose();
        await Task.WhenAll(_pings, _pingsAnswered, _datagrams, _datagramsSent, _bytes, _bytesSent)
            .ContinueWith(static _ => { }, TaskScheduler.Default);
        _enough.Dispose();
    }

    private long SendDatagrams(Socket socket, EndPoint to, int perSecond)
    {
        using (socket)
        {
            byte[] datagram = new byte[DatagramSize];
            socket.Connect(to);
            return AtPace(perSecond, () => _ = socket.Send(datagram));
        }
    }

    private long SendStream(Socket socket, EndPoint to)
    {
        using (socket)
        {
            byte[] block = new byte[BlockSize];
            socket.NoDelay = true;
            socket.SendTimeout = socket.ReceiveTimeout = (int)StreamLimit.TotalMilliseconds;
            socket.Connect(to);
            long blocks = AtPace(1000, () =>
            {
                for (int sent = 0; sent < block.Length;)
                    sent += socket.Send(block, sent, block.Length - sent, SocketFlags.None);
            });
            socket.Shutdown(SocketShutdown.Send);

            // Until the other side has all of it: closing at once would tell it otherwise.
            while (socket.Receive(block) > 0)
            {
            }

            return blocks * BlockSize;
        }
    }

    private (long Received, TimeSpan LongestGap, long GapEnd) ReceiveDatagrams(Socket socket)
    {
        using (socket)
        {
            byte[] datagram = new byte[DatagramSize];
            socket.ReceiveTimeout = (int)Silence.TotalMilliseconds;
            long received = 0;
            TimeSpan longest = TimeSpan.Zero;
            long longestEnd = 0;
            long last = Stopwatch.GetTimestamp();
            while (true)
            {
                try
                {
                    _ = socket.Receive(datagram);
                }
                catch (SocketException) when (_enough.IsCancellationRequested)
                {
                    return (received, longest, longestEnd);
                }
                catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
                {
                    continue;
                }

                long now = Stopwatch.GetTimestamp();
                TimeSpan gap = Stopwatch.GetElapsedTime(last, now);
                if (received++ > 0 && gap > longest)
                    (longest, longestEnd) = (gap, now);

                last = now;
            }
        }
    }

    private long ReceiveStream(Socket listener)
    {
        using (listener)
        {
            using Socket socket = _accepted = listener.Accept();
            socket.ReceiveTimeout = (int)StreamLimit.TotalMilliseconds;
            byte[] block = new byte[65536];
            long received = 0;
            int length;
            while ((length = socket.Receive(block)) > 0)
                received += length;

            return received;
        }
    }

    private long AtPace(int perSecond, Action act) => Pace.Keep(perSecond, () => _enough.IsCancellationRequested, _ => act());

    private static Task<T> OnThread<T>(Func<T> run) =>
        Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}

using FastFlannel.Lab;
using FastFlannel.Native;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// Sends rubbish to a host's port, from a peer's public address and port, from another port of it, and from a stranger's. No faster
/// than the daemon takes it, so that what is lost is lost in the daemon.
/// </summary>
internal sealed class RubbishSender : IDisposable
{
    private const int Port = 8285;
    private const int Burst = 256;
    private const int EnoughWaiting = 256 << 10; // bytes in the daemon's socket; it has room for some megabytes

    private readonly SendVector _vector = new(1, 65536);
    private readonly UdpSocket[] _sockets;
    private readonly RubbishPackets _packets;
    private readonly Random _random;
    private readonly Ipv4Endpoint _to;
    private readonly int _process;

    public RubbishSender(RubbishHosts hosts, int seed)
    {
        LabHost receiver = hosts.Receiver;
        string own = receiver.Daemon.Env.OverlayAddress;
        _packets = new RubbishPackets(
            seed,
            [own, hosts.Containers[0].Address],
            [$"{RubbishHosts.PeerSubnet}.7", hosts.Containers[1].Address, "10.5.222.2", "192.0.2.1"]);
        _random = new Random(seed);
        _to = new Ipv4Endpoint(Ipv4Address.Parse(receiver.Address), Port);
        _process = receiver.Daemon.Process.Id;
        _sockets = [Open(hosts.Peer, Port), Open(hosts.Peer, 0), Open(hosts.Stranger, Port), Open(hosts.Stranger, 0)];
    }

    /// <summary>Datagrams sent so far, those of a bundle one by one.</summary>
    public long Sent { get; private set; }

    /// <summary>Datagrams sent so far as parts of bundles.</summary>
    public long Bundled { get; private set; }

    /// <summary>Datagrams that the daemon's sockets had no room for, since they were made.</summary>
    public long Lost => SocketQueue.Read(_process, Port).Dropped;

    /// <summary>Sends until so many have been sent altogether, or a few more.</summary>
    public void SendUntil(long total, CancellationToken cancellation)
    {
        while (Sent < total)
        {
            cancellation.ThrowIfCancellationRequested();
            UdpSocket from = _sockets[_random.Next(_sockets.Length)];
            using BorrowedDescriptor socket = from.Borrow();
            for (long end = Math.Min(Sent + Burst, total); Sent < end;)
                SendOne(socket.Number);

            while (SocketQueue.Read(_process, Port).Bytes > EnoughWaiting)
            {
                cancellation.ThrowIfCancellationRequested();
                _ = Thread.Yield();
            }
        }
    }

    public void Dispose()
    {
        foreach (UdpSocket socket in _sockets)
            socket.Dispose();

        _vector.Dispose();
    }

    private static UdpSocket Open(LabHost host, int port)
    {
        UdpSocket? opened = null;
        NamedNamespace.RunIn(
            host.Namespace.Path, () => opened = UdpSocket.Bind(new Ipv4Endpoint(Ipv4Address.Parse(host.Address), (ushort)port)));
        return opened!;
    }

    private void SendOne(int socket)
    {
        int kind = _random.Next(64);
        int size = 0;
        byte[] bytes;
        if (kind < 6)
            size = _packets.NextBundle(out bytes);
        else
            bytes = kind == 6 ? _packets.NextLong() : _packets.Next();

        int count = size == 0 ? 1 : (bytes.Length + size - 1) / size;
        bytes.CopyTo(_vector.Memory);
        _vector.Describe(0, 0, bytes.Length, _to, count > 1 ? size : 0);
        SysResult sent;
        while (!(sent = _vector.Send(socket, 1)).Ok)
        {
            // The sender's own buffer is full.
            Assert.Equal(new SysResult(-1, Errno.EAGAIN), sent);
            Thread.Sleep(1);
        }

        Sent += count;
        Bundled += count > 1 ? count : 0;
    }
}

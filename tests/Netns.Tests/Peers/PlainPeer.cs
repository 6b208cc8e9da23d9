using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using FastFlannel.Lab;
using FastFlannel.Native;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// A peer that moves packets the way flanneld does, one a call, and shares no code with the router: a TUN device, a UDP socket,
/// and on both ways a hop taken off with the checksum patched (RFC 1624).
/// </summary>
internal sealed class PlainPeer : IDisposable
{
    private const int Port = 8285;
    private const string Device = "flannel0";
    private const int BufferSize = VirtioHeader.Size + 65536;
    private const int SocketBufferSize = 4 << 20;

    private readonly TunQueue _tun;
    private readonly Socket _udp;
    private readonly Dictionary<uint, SocketAddress> _peers;
    private readonly WakeEvent _stop = WakeEvent.Create();
    private readonly Thread _outbound;
    private readonly Thread _inbound;
    private long _strangers;

    private PlainPeer(TunQueue tun, Socket udp, IReadOnlyDictionary<string, string> peers)
    {
        (_tun, _udp) = (tun, udp);
        _udp.ReceiveTimeout = 50; // milliseconds; what made the socket ready may turn out to be no good
        _udp.ReceiveBufferSize = _udp.SendBufferSize = SocketBufferSize;
        _peers = peers.ToDictionary(
            peer => SubnetOf(IPAddress.Parse(peer.Key + ".0").GetAddressBytes()),
            peer => new IPEndPoint(IPAddress.Parse(peer.Value), Port).Serialize());
        _outbound = new Thread(RunOutbound) { IsBackground = true };
        _inbound = new Thread(RunInbound) { IsBackground = true };
    }

    /// <summary>Datagrams that were no IPv4 packets; flanneld would have spoilt them and handed them to the kernel.</summary>
    public long Strangers => Interlocked.Read(ref _strangers);

    /// <summary>Starts a peer.</summary>
    /// <param name="host">A host without a daemon.</param>
    /// <param name="subnet">The first three numbers of its /24, for example <c>10.5.200</c>.</param>
    /// <param name="peers">The others: the first three numbers of a /24, and the host that leases it.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <param name="mtu">The longest inner packet in bytes.</param>
    public static async Task<PlainPeer> StartAsync(
        LabHost host, string subnet, IReadOnlyDictionary<string, string> peers, CancellationToken cancellation, int mtu = 1472)
    {
        TunQueue? tun = null;
        NamedNamespace.RunIn(host.Namespace.Path, () => tun = TunQueue.Create(Device));
        try
        {
            await host.Namespace.IpAsync(
                [
                    $"address add {subnet}.0/32 dev {Device}",
                    $"link set {Device} mtu {mtu} up",
                    $"route add 10.5.0.0/16 dev {Device}",
                ],
                cancellation);
            var peer = new PlainPeer(tun!, NamespaceSocket.BindUdp(host.Namespace, host.Address, Port), peers);
            peer._outbound.Start();
            peer._inbound.Start();
            return peer;
        }
        catch
        {
            tun!.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _stop.Set();
        _outbound.Join();
        _inbound.Join();
        _tun.Dispose();
        _udp.Dispose();
        _stop.Dispose();
    }

    private void RunOutbound()
    {
        byte[] framed = new byte[BufferSize];
        using BorrowedDescriptor tun = _tun.Borrow();
        using BorrowedDescriptor stop = _stop.Borrow();
        while (DescriptorIo.WaitReadable(tun.Number, stop.Number) == WaitResult.Ready)
        {
            while (DescriptorIo.Read(tun.Number, framed) is { Ok: true } read)
            {
                Span<byte> packet = framed.AsSpan(VirtioHeader.Size, read.Value - VirtioHeader.Size);
                if (TakeHop(packet) && _peers.TryGetValue(SubnetOf(packet[16..]), out SocketAddress? peer))
                    Send(packet, peer);
            }
        }
    }

    private void Send(ReadOnlySpan<byte> packet, SocketAddress peer)
    {
        try
        {
            _ = _udp.SendTo(packet, SocketFlags.None, peer);
        }
        catch (SocketException)
        {
            // Lost, as packets are.
        }
    }

    private void RunInbound()
    {
        byte[] framed = new byte[BufferSize];
        using BorrowedDescriptor tun = _tun.Borrow();
        using BorrowedDescriptor stop = _stop.Borrow();
        int socket = (int)_udp.Handle;
        while (DescriptorIo.WaitReadable(socket, stop.Number) == WaitResult.Ready)
        {
            // The header of zeros before it says that it is a plain packet. The error of an earlier datagram ends a read as well.
            SysResult read = DescriptorIo.Read(socket, framed.AsSpan(VirtioHeader.Size));
            if (!read.Ok)
                continue;

            if (read.Value > 0 && framed[VirtioHeader.Size] >> 4 != 4)
                _ = Interlocked.Increment(ref _strangers);
            else if (TakeHop(framed.AsSpan(VirtioHeader.Size, read.Value)))
                _ = DescriptorIo.Write(tun.Number, framed.AsSpan(0, VirtioHeader.Size + read.Value));
        }
    }

    /// <returns>Whether it is an IPv4 packet with a hop left.</returns>
    private static bool TakeHop(Span<byte> packet)
    {
        if (packet.Length < 20 || packet[0] >> 4 != 4 || packet[8] <= 1)
            return false;

        packet[8]--;
        int sum = BinaryPrimitives.ReadUInt16BigEndian(packet[10..]) + 0x0100;
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], (ushort)(sum + (sum >> 16)));
        return true;
    }

    /// <returns>The first three numbers of an address.</returns>
    private static uint SubnetOf(ReadOnlySpan<byte> address) => BinaryPrimitives.ReadUInt32BigEndian(address) >> 8;
}

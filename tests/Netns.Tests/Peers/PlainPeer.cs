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

    private readonly TunQueue _tun;
    private readonly Socket _udp;
    private readonly IReadOnlyDictionary<string, string> _peers;
    private readonly Thread _outbound;
    private readonly Thread _inbound;
    private volatile bool _stopping;

    private PlainPeer(TunQueue tun, Socket udp, IReadOnlyDictionary<string, string> peers)
    {
        (_tun, _udp, _peers) = (tun, udp, peers);
        _udp.ReceiveTimeout = 50; // milliseconds, after which the loop looks whether to stop
        _outbound = new Thread(RunOutbound);
        _inbound = new Thread(RunInbound);
    }

    /// <summary>Starts a peer.</summary>
    /// <param name="host">A host without a daemon.</param>
    /// <param name="subnet">The first three numbers of its /24, for example <c>10.5.200</c>.</param>
    /// <param name="peers">The others: the first three numbers of a /24, and the host that leases it.</param>
    /// <param name="cancellation">Gives up early.</param>
    public static async Task<PlainPeer> StartAsync(
        LabHost host, string subnet, IReadOnlyDictionary<string, string> peers, CancellationToken cancellation)
    {
        TunQueue? tun = null;
        NamedNamespace.RunIn(host.Namespace.Path, () => tun = TunQueue.Create(Device));
        await host.Namespace.IpAsync(
            [
                $"address add {subnet}.0/32 dev {Device}",
                $"link set {Device} mtu 1472 up",
                $"route add 10.5.0.0/16 dev {Device}",
            ],
            cancellation);
        var peer = new PlainPeer(tun!, NamespaceSocket.BindUdp(host.Namespace, host.Address, Port), peers);
        peer._outbound.Start();
        peer._inbound.Start();
        return peer;
    }

    public void Dispose()
    {
        _stopping = true;
        _outbound.Join();
        _inbound.Join();
        _tun.Dispose();
        _udp.Dispose();
    }

    private void RunOutbound()
    {
        byte[] framed = new byte[2048];
        using BorrowedDescriptor tun = _tun.Borrow();
        while (!_stopping)
        {
            SysResult read = DescriptorIo.Read(tun.Number, framed);
            if (!read.Ok)
            {
                Thread.Sleep(1);
                continue;
            }

            Span<byte> packet = framed.AsSpan(VirtioHeader.Size, read.Value - VirtioHeader.Size);
            if (TakeHop(packet) && _peers.TryGetValue(SubnetOf(packet), out string? peer))
                _ = _udp.SendTo(packet, new IPEndPoint(IPAddress.Parse(peer), Port));
        }
    }

    private void RunInbound()
    {
        byte[] framed = new byte[2048];
        using BorrowedDescriptor tun = _tun.Borrow();
        while (!_stopping)
        {
            try
            {
                // The header of zeros before it says that it is a plain packet.
                int length = _udp.Receive(framed.AsSpan(VirtioHeader.Size));
                if (TakeHop(framed.AsSpan(VirtioHeader.Size)))
                    _ = DescriptorIo.Write(tun.Number, framed.AsSpan(0, VirtioHeader.Size + length));
            }
            catch (SocketException)
            {
                // Nothing came in time.
            }
        }
    }

    /// <returns>Whether it is an IPv4 packet with a hop left.</returns>
    private static bool TakeHop(Span<byte> packet)
    {
        if (packet[0] >> 4 != 4 || packet[8] <= 1)
            return false;

        packet[8]--;
        int sum = BinaryPrimitives.ReadUInt16BigEndian(packet[10..]) + 0x0100;
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], (ushort)(sum + (sum >> 16)));
        return true;
    }

    private static string SubnetOf(ReadOnlySpan<byte> packet) => $"{packet[16]}.{packet[17]}.{packet[18]}";
}

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using FastFlannel.Lab;
using FastFlannel.Native;
using FastFlannel.Router.Tests;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// Sees what the kernel is given on a host's TUN device (packet(7)), and checks each packet by itself: version, lengths, checksum, a
/// hop that is left, and a source that is not the host's own. What it is too slow for, it misses and counts.
/// </summary>
internal sealed class TunCapture : IDisposable
{
    private const int EthPAll = 0x0003; // linux/if_ether.h
    private const int SolPacket = 263, PacketStatistics = 6; // linux/if_packet.h
    private const byte PacketOutgoing = 4;
    private const int TypeAt = 10; // of sll_pkttype in struct sockaddr_ll
    private const int Buffer = 32 << 20;

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly Thread _thread;
    private readonly uint _own;
    private readonly bool _checksChecksum;
    private readonly Dictionary<string, long> _problems = [];
    private readonly Dictionary<uint, long> _destinations = [];
    private volatile bool _isEnding;

    /// <summary>Begins.</summary>
    /// <param name="host">Where.</param>
    /// <param name="checksChecksum">
    /// Whether the IP header's checksum has to be right. The kernel tunnel's program leaves it to the kernel, which looks right behind.
    /// </param>
    public TunCapture(LabHost host, bool checksChecksum)
    {
        _own = Ipv4Address.Parse(host.Daemon.Env.OverlayAddress).Value;
        _checksChecksum = checksChecksum;
        Socket? opened = null;
        NamedNamespace.RunIn(host.Namespace.Path, () =>
        {
            using var netlink = RouteNetlink.Open();
            int index = netlink.ListLinks().Single(link => link.Name == "flannel0").Index;
            opened = new Socket(AddressFamily.Packet, SocketType.Dgram, (ProtocolType)(EthPAll << 8)); // network byte order
            opened.Bind(new LinkEndPoint(index));
        });
        _socket = opened!;
        _socket.ReceiveBufferSize = Buffer;
        _thread = new Thread(Run) { IsBackground = true, Name = "capture" };
        _thread.Start();
    }

    /// <summary>Packets that were looked at.</summary>
    public long Seen { get; private set; }

    /// <summary>Packets that came too fast.</summary>
    public long Missed { get; private set; }

    /// <summary>What was wrong with packets, and how often.</summary>
    public IReadOnlyDictionary<string, long> Problems => _problems;

    /// <summary>How many packets there were to addresses outside of an IPv4 network.</summary>
    public long CountOutside(uint network, int length) =>
        _destinations.Where(one => (one.Key ^ network) >> (32 - length) != 0).Sum(one => one.Value);

    /// <summary>Ends; what was seen is complete.</summary>
    public void End()
    {
        _isEnding = true;
        _thread.Join();
        Span<byte> statistics = stackalloc byte[8];
        _ = _socket.GetRawSocketOption(SolPacket, PacketStatistics, statistics);
        Missed = BitConverter.ToUInt32(statistics[4..]);
    }

    public void Dispose()
    {
        if (!_isEnding)
            End();

        _socket.Dispose();
    }

    private void Run()
    {
        byte[] packet = new byte[2 * 65536];
        var from = new SocketAddress(AddressFamily.Packet);
        while (true)
        {
            if (_socket.Poll(Turn, SelectMode.SelectRead))
            {
                // It was cut to the length of the last one.
                from.Size = from.Buffer.Length;
                int length = _socket.ReceiveFrom(packet, SocketFlags.None, from);
                if (from[TypeAt] != PacketOutgoing)
                    Look(packet.AsSpan(0, length));
            }
            else if (_isEnding)
                return;
        }
    }

    private void Look(ReadOnlySpan<byte> packet)
    {
        Seen++;
        if (ProblemOf(packet) is { } problem)
            _problems[problem] = _problems.GetValueOrDefault(problem) + 1;
        else if (!TestPacket.IsIpv6(packet))
        {
            uint destination = BinaryPrimitives.ReadUInt32BigEndian(packet[16..]);
            _destinations[destination] = _destinations.GetValueOrDefault(destination) + 1;
        }
    }

    private string? ProblemOf(ReadOnlySpan<byte> packet)
    {
        if (packet.Length >= 40 && TestPacket.IsIpv6(packet))
        {
            return BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) + 40 != packet.Length ? "IPv6 length"
                : packet[7] == 0 ? "IPv6 hop limit"
                : null;
        }

        int header = packet.Length == 0 ? 0 : (packet[0] & 0xF) * 4;
        return packet.Length < 20 || packet[0] >> 4 != 4 ? "version"
            : header < 20 || header > packet.Length ? "header length"
            : BinaryPrimitives.ReadUInt16BigEndian(packet[2..]) != packet.Length ? "total length"
            : _checksChecksum && TestPacket.NaiveChecksum(packet[..header]) != 0 ? "checksum"
            : packet[8] == 0 ? "time to live"
            : BinaryPrimitives.ReadUInt32BigEndian(packet[12..]) == _own && !IsIcmpError(packet, header) ? "own source"
            : null;
    }

    /// <summary>The daemon answers for itself what this host wants to send and no peer takes.</summary>
    private static bool IsIcmpError(ReadOnlySpan<byte> packet, int header) =>
        packet[9] == 1 && packet.Length > header && packet[header] is 3 or 11;

    /// <summary>Every protocol on one link (struct sockaddr_ll).</summary>
    private sealed class LinkEndPoint(int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, 20);
            address[3] = EthPAll; // network byte order
            BinaryPrimitives.WriteInt32LittleEndian(address.Buffer.Span[4..], index);
            return address;
        }
    }
}

using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Lab;

/// <summary>
/// Probes from one host to the subnets of a storm's peers, by UDP, which routers carry, or by ICMP, which the kernel tunnel carries
/// where there is one; and what became of them. A probe carries what was in force for its subnet when it was sent, which is what an
/// earlier probe of the same flow has shown: it must not be sent by anything older.
/// </summary>
public sealed class StormFlow : IDisposable
{
    /// <summary>Where the payload begins in a probe, an IPv4 packet: both protocols have headers of eight bytes.</summary>
    internal const int Headers = 28;

    /// <summary>The payload's length: flow, peer, generation in force.</summary>
    internal const int PayloadSize = 16;

    private const int DiscardPort = 9;
    private const int MostProblems = 10;

    private readonly Lock _lock = new();
    private readonly StormPeers _peers;
    private readonly int _number;
    private readonly ProtocolType _protocol;
    private readonly Socket _socket;
    private readonly byte[] _packet;
    private readonly int _payload;
    private readonly IPEndPoint[] _targets;
    private readonly long[] _inForce;
    private readonly long[] _sent;
    private readonly long[] _received;
    private readonly List<(int Peer, long Generation, long Time)> _changes = [];
    private readonly List<string> _problems = [];

    internal StormFlow(int number, LabHost host, ProtocolType protocol, StormPeers peers)
    {
        (_number, _protocol, _peers) = (number, protocol, peers);
        Name = $"{(protocol == ProtocolType.Udp ? "udp" : "icmp")} from {host.Name}";
        _payload = protocol == ProtocolType.Udp ? 0 : Headers - 20;
        _packet = new byte[_payload + PayloadSize];
        _targets = [.. Enumerable.Range(0, peers.Count).Select(peer => new IPEndPoint(
            IPAddress.Parse(new Ipv4Address(StormPeers.TargetOf(peer)).ToString()), protocol == ProtocolType.Udp ? DiscardPort : 0))];
        (_inForce, _sent, _received) = (new long[peers.Count], new long[peers.Count], new long[peers.Count]);
        _socket = EndpointSocket.Open(host.OverlayEndpoint(host.Daemons[0]), protocol);
    }

    /// <summary>For example <c>udp from h1</c>.</summary>
    public string Name { get; }

    /// <summary>Whether routers carry it, also where there is a kernel tunnel.</summary>
    public bool IsUdp => _protocol == ProtocolType.Udp;

    /// <summary>How many probes went where no lease in force sent them.</summary>
    public long Misdirected { get; private set; }

    /// <summary>The first of these, in words.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            lock (_lock)
                return [.. _problems];
        }
    }

    /// <summary>How many times a probe arrived by a later generation than all before it.</summary>
    public int ChangesSeen
    {
        get
        {
            lock (_lock)
                return _changes.Count;
        }
    }

    /// <summary>Probes to a peer that were sent.</summary>
    public long SentTo(int peer) => Volatile.Read(ref _sent[peer]);

    /// <summary>Probes to a peer that arrived.</summary>
    public long ReceivedFrom(int peer) => Volatile.Read(ref _received[peer]);

    /// <summary>The latest generation that a probe has arrived by.</summary>
    public long InForce(int peer) => Volatile.Read(ref _inForce[peer]);

    /// <summary>When a generation, or a later one, was first seen to be in force.</summary>
    /// <returns>A <see cref="Stopwatch"/>'s time, or null when it was not.</returns>
    public long? FirstSeen(int peer, long generation)
    {
        lock (_lock)
        {
            foreach ((int changed, long seen, long time) in _changes)
            {
                if (changed == peer && seen >= generation)
                    return time;
            }

            return null;
        }
    }

    /// <summary>Sends one probe.</summary>
    public void Send(int peer)
    {
        Span<byte> payload = _packet.AsSpan(_payload);
        BinaryPrimitives.WriteInt32BigEndian(payload, _number);
        BinaryPrimitives.WriteInt32BigEndian(payload[4..], peer);
        BinaryPrimitives.WriteInt64BigEndian(payload[8..], InForce(peer));
        if (!IsUdp)
            IcmpEcho.WriteRequest(_packet, 0, 0);

        // Counted first: what arrives was sent.
        _ = Interlocked.Increment(ref _sent[peer]);
        try
        {
            _ = _socket.SendTo(_packet, _targets[peer]);
        }
        catch (SocketException)
        {
            // Lost, as where a queue is full.
        }
    }

    /// <summary>Whether every lease is in force as it is now, as far as probes have shown.</summary>
    public bool IsSettled() =>
        Enumerable.Range(0, _peers.Count).All(peer => StormPeers.IsDeleted(peer, _peers.Begun(peer)) || InForce(peer) == _peers.Begun(peer));

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>A probe of this flow has arrived.</summary>
    /// <param name="at">The outer destination.</param>
    /// <param name="packet">The inner packet, as long as a probe is.</param>
    internal void Receive(uint at, ReadOnlySpan<byte> packet)
    {
        uint target = BinaryPrimitives.ReadUInt32BigEndian(packet[16..]);
        int peer = BinaryPrimitives.ReadInt32BigEndian(packet[(Headers + 4)..]);
        long inForce = BinaryPrimitives.ReadInt64BigEndian(packet[(Headers + 8)..]);
        lock (_lock)
        {
            if (peer < 0 || peer >= _peers.Count || StormPeers.TargetOf(peer) != target)
            {
                Note($"a probe to {new Ipv4Address(target)} says that it is to peer {peer}");
                return;
            }

            string where = $"a probe to {new Ipv4Address(target)} came to {new Ipv4Address(at)}";
            _ = Interlocked.Increment(ref _received[peer]);
            if (!_peers.TryIdentify(at, out int owner, out long generation) || owner != peer)
                Note($"{where}, which is no address of its peer's");
            else if (generation < inForce || StormPeers.IsDeleted(peer, generation))
                Note($"{where}, of generation {generation}: {inForce} was in force when it was sent, {_peers.Begun(peer)} is written by now");
            else if (generation > _inForce[peer])
                Advance(peer, generation);
        }
    }

    private void Advance(int peer, long generation)
    {
        _changes.Add((peer, generation, Stopwatch.GetTimestamp()));
        Volatile.Write(ref _inForce[peer], generation);
    }

    private void Note(string problem)
    {
        Misdirected++;
        if (_problems.Count < MostProblems)
            _problems.Add($"{Name}: {problem}");
    }
}

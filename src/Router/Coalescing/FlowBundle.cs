using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// Packets of one flow that follow each other without a gap, on their way into the TUN queue as one super-packet. The packets stay
/// where they were received, untouched: a head is made for all of them, and their payloads are gathered behind it. So a bundle that
/// the kernel refuses can still go packet by packet.
/// </summary>
internal sealed class FlowBundle : IDisposable
{
    /// <summary>The kernel's bound on datagrams in one UDP super-packet (linux/udp.h, UDP_MAX_SEGMENTS, before it was raised).</summary>
    public const int MaximumPackets = 64;

    private const int MaximumBytes = 65535; // an IPv4 packet
    private const int IpHeaderLength = PacketView.MinimumHeaderLength;
    private const int LongestHeader = IpHeaderLength + 60;

    private readonly NativeBuffer _memory;
    private readonly GatherVector _gather;
    private readonly int[] _offsets = new int[MaximumPackets];
    private readonly int[] _lengths = new int[MaximumPackets];
    private int _headerLength;
    private int _payloadLength;
    private uint _nextSequence;
    private bool _isFixedId;

    /// <summary>Makes an empty bundle.</summary>
    /// <param name="memory">Where packets are received.</param>
    public FlowBundle(NativeBuffer memory)
    {
        _memory = memory;
        _gather = new GatherVector(memory, VirtioHeader.Size + LongestHeader, MaximumPackets);
    }

    /// <summary>Whose packets.</summary>
    public FlowKey Key { get; private set; }

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of all packets, each with its own headers.</summary>
    public int Bytes { get; private set; }

    /// <summary>Whether nothing may follow.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Where a packet was received.</summary>
    public int Offset(int index) => _offsets[index];

    /// <summary>A packet, where it was received.</summary>
    public Span<byte> Packet(int index) => _memory.Span.Slice(_offsets[index], _lengths[index]);

    /// <summary>Starts anew.</summary>
    /// <param name="packet">The first packet; its checksum was verified.</param>
    /// <param name="offset">Where it was received.</param>
    public void Start(FlowPacket packet, int offset)
    {
        _gather.Clear();
        Key = packet.Key;
        Count = 0;
        Bytes = 0;
        _payloadLength = 0;
        _headerLength = packet.HeaderLength;
        Add(packet, offset);
    }

    /// <summary>Adds a packet if it goes on where the last one ended.</summary>
    /// <param name="packet">One of the same flow.</param>
    /// <param name="offset">Where it was received.</param>
    /// <returns>False when it does not fit.</returns>
    public bool TryAdd(FlowPacket packet, int offset)
    {
        FlowPacket first = First();
        if (IsClosed
            || packet.PayloadLength > first.PayloadLength
            || _headerLength + _payloadLength + packet.PayloadLength > MaximumBytes
            || !FlowPacket.HaveLikeHeaders(first, packet)
            || !TakesId(first, packet)
            || (packet.IsTcp && packet.Sequence != _nextSequence)
            || !packet.HasValidChecksum)
        {
            return false;
        }

        Add(packet, offset);
        return true;
    }

    /// <summary>Writes all packets as one super-packet.</summary>
    public SysResult Write(int tun)
    {
        FlowPacket first = First();
        Span<byte> head = _gather.Head;
        Span<byte> ip = head.Slice(VirtioHeader.Size, IpHeaderLength);
        Span<byte> transport = head[(VirtioHeader.Size + IpHeaderLength)..];
        first.Bytes[.._headerLength].CopyTo(head[VirtioHeader.Size..]);

        int transportBytes = _headerLength - IpHeaderLength + _payloadLength;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(IpHeaderLength + transportBytes));
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Compute(ip));

        // The kernel completes the checksum of each segment, from the sum of the pseudo-header.
        int checksum = first.IsTcp ? 16 : 6;
        BinaryPrimitives.WriteUInt16BigEndian(transport[checksum..], TransportView.PseudoHeaderSum(ip, transportBytes));
        if (!first.IsTcp)
            BinaryPrimitives.WriteUInt16BigEndian(transport[4..], (ushort)transportBytes);
        else
            transport[13] |= (byte)(Packet(Count - 1)[IpHeaderLength + 13] & TransportView.PshFlag);

        new VirtioHeader(
            VirtioHeader.NeedsChecksum,
            (byte)(first.IsTcp ? SegmentationType.TcpV4 : SegmentationType.Udp),
            (ushort)_headerLength,
            (ushort)first.PayloadLength,
            IpHeaderLength,
            (ushort)checksum).Write(head);
        return _gather.Write(tun, VirtioHeader.Size + _headerLength);
    }

    public void Dispose() => _gather.Dispose();

    private FlowPacket First()
    {
        _ = PacketView.TryParse(Packet(0), out PacketView packet);
        _ = FlowPacket.TryParse(packet, out FlowPacket first);
        return first;
    }

    private void Add(FlowPacket packet, int offset)
    {
        _offsets[Count] = offset;
        _lengths[Count] = packet.Bytes.Length;
        Count++;
        Bytes += packet.Bytes.Length;
        _payloadLength += packet.PayloadLength;
        _gather.Add(offset + packet.HeaderLength, packet.PayloadLength);
        if (packet.IsTcp)
            _nextSequence = packet.Sequence + (uint)packet.PayloadLength;

        // All but the last are of one length, and what follows a push waits for nobody.
        IsClosed = packet.PayloadLength < _lengths[0] - _headerLength || packet.IsPush || Count == MaximumPackets;
    }

    /// <summary>
    /// The kernel counts ids up when it cuts a super-packet up. So they must have counted up before; or never mattered, because
    /// the packets forbid fragmenting and all have the same (RFC 6864).
    /// </summary>
    private bool TakesId(FlowPacket first, FlowPacket packet)
    {
        ushort step = (ushort)(packet.Id - first.Id);
        if (Count == 1)
            _isFixedId = step == 0 && (first.Bytes[6] & 0x40) != 0;

        return _isFixedId ? step == 0 : step == Count;
    }
}

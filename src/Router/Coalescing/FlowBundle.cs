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

    private const int MaximumBytes = 65535; // an IPv4 packet; an IPv6 packet might be 40 longer
    private const int LongestHeader = Ipv6Header.Length + 60;

    private readonly NativeBuffer _memory;
    private readonly GatherVector _gather;
    private readonly int[] _offsets = new int[MaximumPackets];
    private readonly int[] _lengths = new int[MaximumPackets];

    // Of the first packet, which all others must be like.
    private ulong _ipConstants;
    private ushort _id;
    private TcpHeader _tcp;
    private int _ipHeaderLength;
    private int _headerLength;
    private int _payloadStep;

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

    private bool IsTcp => Key.Protocol == TransportView.Tcp;

    /// <summary>Whether a packet is of the same flow.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="key">Its key.</param>
    public bool IsOf(FlowPacket packet, FlowKey key) =>
        Key == key && (!key.IsIpv6 || packet.Ipv6Addresses.SequenceEqual(Packet(0)[Ipv6Header.AddressesAt..Ipv6Header.Length]));

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
        _ipConstants = packet.IpConstants;
        _id = packet.IsIpv6 ? (ushort)0 : packet.Ip.Id;
        _tcp = IsTcp ? packet.Tcp : default;
        _ipHeaderLength = packet.IpHeaderLength;
        _headerLength = packet.HeaderLength;
        _payloadStep = packet.PayloadLength;
        _payloadLength = 0;
        Add(packet, offset);
    }

    /// <summary>Adds a packet if it goes on where the last one ended.</summary>
    /// <param name="packet">One of the same flow that may join.</param>
    /// <param name="offset">Where it was received.</param>
    /// <returns>False when it does not fit.</returns>
    public bool TryAdd(FlowPacket packet, int offset)
    {
        if (IsClosed
            || packet.PayloadLength > _payloadStep
            || _headerLength + _payloadLength + packet.PayloadLength > MaximumBytes
            || !Follows(packet)
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
        Span<byte> head = _gather.Head;
        Span<byte> ip = head.Slice(VirtioHeader.Size, _ipHeaderLength);
        Span<byte> transport = head[(VirtioHeader.Size + _ipHeaderLength)..];
        Packet(0)[.._headerLength].CopyTo(head[VirtioHeader.Size..]);

        int transportBytes = _headerLength - _ipHeaderLength + _payloadLength;
        if (Key.IsIpv6)
            BinaryPrimitives.WriteUInt16BigEndian(ip[Ipv6Header.PayloadLengthAt..], (ushort)transportBytes);
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(_ipHeaderLength + transportBytes));
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], 0);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Compute(ip));
        }

        // The kernel completes the checksum of each segment, from the sum of the pseudo-header.
        int checksum = IsTcp ? 16 : 6;
        BinaryPrimitives.WriteUInt16BigEndian(transport[checksum..], TransportView.PseudoHeaderSum(ip, transportBytes));
        if (IsTcp)
            transport[13] |= (byte)(Packet(Count - 1)[_ipHeaderLength + 13] & TransportView.PshFlag);
        else
            BinaryPrimitives.WriteUInt16BigEndian(transport[4..], (ushort)transportBytes);

        new VirtioHeader(
            VirtioHeader.NeedsChecksum,
            (byte)(!IsTcp ? SegmentationType.Udp : Key.IsIpv6 ? SegmentationType.TcpV6 : SegmentationType.TcpV4),
            (ushort)_headerLength,
            (ushort)_payloadStep,
            (ushort)_ipHeaderLength,
            (ushort)checksum).Write(head);
        return _gather.Write(tun, VirtioHeader.Size + _headerLength);
    }

    public void Dispose() => _gather.Dispose();

    private void Add(FlowPacket packet, int offset)
    {
        int payload = packet.PayloadLength;
        _offsets[Count] = offset;
        _lengths[Count] = packet.Bytes.Length;
        Count++;
        Bytes += packet.Bytes.Length;
        _payloadLength += payload;
        _gather.Add(offset + _headerLength, payload);

        // All but the last are of one length, and what a push ends waits for nobody.
        IsClosed = payload < _payloadStep || Count == MaximumPackets;
        if (IsTcp)
        {
            _nextSequence = BinaryPrimitives.ReverseEndianness(packet.Tcp.Sequence) + (uint)payload;
            IsClosed |= (packet.Tcp.Flags & TransportView.PshFlag) != 0;
        }
    }

    /// <summary>Whether a packet differs from the first in nothing that a super-packet could not tell, and is the next one.</summary>
    private bool Follows(FlowPacket packet)
    {
        if (packet.HeaderLength != _headerLength
            || packet.IpConstants != _ipConstants
            || (!packet.IsIpv6 && !TakesId(packet.Ip.Id)))
        {
            return false;
        }

        if (!IsTcp)
            return true;

        ref readonly TcpHeader tcp = ref packet.Tcp;
        return BinaryPrimitives.ReverseEndianness(tcp.Sequence) == _nextSequence
            && TcpHeader.AreAlike(in tcp, in _tcp)
            && packet.Options.SequenceEqual(Packet(0)[(_ipHeaderLength + TransportView.TcpMinimum).._headerLength]);
    }

    /// <summary>
    /// The kernel counts IPv4's ids up when it cuts a super-packet up. So they must have counted up before; or never mattered, because
    /// the packets forbid fragmenting and all have the same (RFC 6864).
    /// </summary>
    private bool TakesId(ushort id)
    {
        ushort step = (ushort)(BinaryPrimitives.ReverseEndianness(id) - BinaryPrimitives.ReverseEndianness(_id));
        if (Count == 1)
            _isFixedId = step == 0 && (Packet(0)[6] & 0x40) != 0;

        return _isFixedId ? step == 0 : step == Count;
    }
}

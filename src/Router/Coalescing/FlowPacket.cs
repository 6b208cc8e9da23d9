using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace FastFlannel.Router;

/// <summary>
/// A TCP or UDP packet that is neither a fragment nor carries IP options or extension headers, seen as one of a flow's.
/// </summary>
internal readonly ref struct FlowPacket
{
    private FlowPacket(Span<byte> bytes, int ipHeaderLength, int headerLength)
    {
        Bytes = bytes;
        IpHeaderLength = ipHeaderLength;
        HeaderLength = headerLength;
    }

    /// <summary>The whole packet.</summary>
    public Span<byte> Bytes { get; }

    /// <summary>Bytes of the IP header: 20, or of IPv6 40.</summary>
    public int IpHeaderLength { get; }

    /// <summary>Bytes of both headers.</summary>
    public int HeaderLength { get; }

    /// <summary>Whether it is IPv6 and not IPv4.</summary>
    public bool IsIpv6 => IpHeaderLength == Ipv6Header.Length;

    /// <summary>The IP header and the ports, of IPv4.</summary>
    public ref readonly FlowHeader Ip => ref MemoryMarshal.AsRef<FlowHeader>(Bytes);

    /// <summary>The same of IPv6.</summary>
    public ref readonly Ipv6FlowHeader Ipv6 => ref MemoryMarshal.AsRef<Ipv6FlowHeader>(Bytes);

    /// <summary>The TCP header; of TCP only.</summary>
    public ref readonly TcpHeader Tcp => ref MemoryMarshal.AsRef<TcpHeader>(Bytes[IpHeaderLength..]);

    /// <summary>Which flow's.</summary>
    public FlowKey Key => IsIpv6 ? Ipv6Key : new(Ip.Addresses, Ip.Ports, Bytes[9], IsIpv6: false);

    /// <summary>Both addresses, of IPv6.</summary>
    public ReadOnlySpan<byte> Ipv6Addresses => Bytes[Ipv6Header.AddressesAt..Ipv6Header.Length];

    /// <summary>
    /// All that a super-packet has once and its packets must therefore have in common in the IP header, beside the addresses: type
    /// of service with ECN, time to live, IPv4's fragment flags, IPv6's flow label.
    /// </summary>
    public ulong IpConstants => IsIpv6
        ? Ipv6.VersionClassLabel | ((ulong)Ipv6.HopLimit << 32)
        : Ip.VersionAndService | ((ulong)Ip.FragmentLifeProtocol << 16);

    /// <summary>Whether it is TCP and not UDP.</summary>
    public bool IsTcp => Bytes[IsIpv6 ? Ipv6Header.NextHeaderAt : 9] == TransportView.Tcp;

    /// <summary>Bytes behind both headers.</summary>
    public int PayloadLength => Bytes.Length - HeaderLength;

    /// <summary>TCP's options.</summary>
    public ReadOnlySpan<byte> Options => Bytes[(IpHeaderLength + TransportView.TcpMinimum)..HeaderLength];

    /// <summary>
    /// Whether it may be part of a super-packet at all: it carries data, and TCP flags that say no more than that. SYN, FIN, RST,
    /// URG and CWR mean something at their place in the stream, and a datagram without checksum cannot share one.
    /// </summary>
    public bool MayJoin
    {
        get
        {
            if (PayloadLength == 0)
                return false;

            if (!IsTcp)
            {
                ReadOnlySpan<byte> udp = Bytes[IpHeaderLength..];
                return BinaryPrimitives.ReadUInt16BigEndian(udp[4..]) == udp.Length && MemoryMarshal.Read<ushort>(udp[6..]) != 0;
            }

            const byte Harmless = TransportView.PshFlag | TransportView.EceFlag;
            return (Tcp.Flags & ~Harmless) == TransportView.AckFlag;
        }
    }

    /// <summary>Whether the transport checksum is right.</summary>
    public bool HasValidChecksum
    {
        get
        {
            int length = Bytes.Length - IpHeaderLength;
            return InternetChecksum.Sum(Bytes[IpHeaderLength..], TransportView.PseudoHeaderSum(Bytes, length)) == 0xFFFF;
        }
    }

    /// <summary>Looks at a packet as one of a flow's.</summary>
    /// <param name="packet">Any packet.</param>
    /// <param name="flowPacket">The same packet.</param>
    /// <returns>False for what is not TCP or UDP right behind the header, or a fragment, or carries IP options.</returns>
    public static bool TryParse(PacketView packet, out FlowPacket flowPacket)
    {
        flowPacket = default;
        if (!packet.IsIpv6 && (packet.HeaderLength != PacketView.MinimumHeaderLength || packet.IsFragment))
            return false;

        int transportLength = TransportView.HeaderLengthOf(packet);
        if (transportLength == 0)
            return false;

        flowPacket = new FlowPacket(packet.Bytes, packet.HeaderLength, packet.HeaderLength + transportLength);
        return true;
    }

    private FlowKey Ipv6Key
    {
        get
        {
            ref readonly Ipv6FlowHeader ip = ref Ipv6;
            ulong addresses = ip.SourceHigh ^ ip.SourceLow ^ BitOperations.RotateLeft(ip.DestinationHigh ^ ip.DestinationLow, 32);
            return new FlowKey(addresses, ip.Ports, ip.NextHeader, IsIpv6: true);
        }
    }
}

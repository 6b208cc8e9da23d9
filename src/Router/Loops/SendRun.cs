using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// Packets of one length to one peer, behind each other in one buffer; the last may be shorter. What one UDP_SEGMENT send takes.
/// </summary>
internal struct SendRun
{
    /// <summary>The kernel's bound on datagrams in one send (linux/udp.h, UDP_MAX_SEGMENTS, before it was raised).</summary>
    public const int MaximumCount = 64;

    /// <summary>The longest payload of a UDP datagram over IPv4, which bounds the whole run.</summary>
    public const int MaximumBytes = 65507;

    /// <summary>The peer.</summary>
    public Ipv4Endpoint NextHop;

    /// <summary>Bytes of each packet but the last.</summary>
    public int PacketLength;

    /// <summary>Bytes of all packets.</summary>
    public int Length;

    /// <summary>Packets.</summary>
    public int Count;

    /// <summary>Packets that have left.</summary>
    public int Sent;

    /// <summary>Whether its packets are sent one by one.</summary>
    public bool IsSeparate;

    /// <summary>How many packets of a length may be added; of a shorter one than the others only one, as the last.</summary>
    public readonly int Room(int length)
    {
        if (length > PacketLength || Length != Count * PacketLength)
            return 0;

        int most = length == PacketLength ? MaximumCount - Count : Math.Min(1, MaximumCount - Count);
        return Math.Min(most, (MaximumBytes - Length) / length);
    }

    /// <summary>Bytes of a packet.</summary>
    public readonly int LengthOf(int index) => index < Count - 1 ? PacketLength : Length - (index * PacketLength);
}

using System.Runtime.InteropServices;

namespace FastFlannel.Router;

/// <summary>
/// The IPv4 header without options and the ports behind it, as they lie in memory: numbers are in network byte order, good for
/// comparing and for little else.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly struct FlowHeader
{
    /// <summary>Version, header length, type of service with ECN.</summary>
    public readonly ushort VersionAndService;

    /// <summary>Total length.</summary>
    public readonly ushort Length;

    /// <summary>Identification.</summary>
    public readonly ushort Id;

    /// <summary>Fragment flags and offset, time to live, protocol.</summary>
    public readonly uint FragmentLifeProtocol;

    /// <summary>The header's checksum.</summary>
    public readonly ushort Checksum;

    /// <summary>Source and destination.</summary>
    public readonly ulong Addresses;

    /// <summary>Source and destination port.</summary>
    public readonly uint Ports;
}

/// <summary>The IPv6 header and the ports behind it, as they lie in memory; numbers are in network byte order.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly struct Ipv6FlowHeader
{
    /// <summary>Version, traffic class with ECN, flow label.</summary>
    public readonly uint VersionClassLabel;

    /// <summary>Bytes behind the header.</summary>
    public readonly ushort PayloadLength;

    /// <summary>Protocol.</summary>
    public readonly byte NextHeader;

    /// <summary>Hops left.</summary>
    public readonly byte HopLimit;

    /// <summary>The halves of source and destination.</summary>
    public readonly ulong SourceHigh, SourceLow, DestinationHigh, DestinationLow;

    /// <summary>Source and destination port.</summary>
    public readonly uint Ports;
}

/// <summary>The TCP header without options, as it lies in memory.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly struct TcpHeader
{
    /// <summary>Source and destination port.</summary>
    public readonly uint Ports;

    /// <summary>The first byte's number.</summary>
    public readonly uint Sequence;

    /// <summary>The acknowledgement.</summary>
    public readonly uint Acknowledgement;

    /// <summary>The header's length.</summary>
    public readonly byte Offset;

    /// <summary>The flags.</summary>
    public readonly byte Flags;

    /// <summary>The window.</summary>
    public readonly ushort Window;

    /// <summary>The checksum.</summary>
    public readonly ushort Checksum;

    /// <summary>The urgent pointer.</summary>
    public readonly ushort Urgent;

    /// <summary>
    /// Whether two packets of a flow say the same but for their place in the stream: the acknowledgement, the flags but for PSH,
    /// the window.
    /// </summary>
    public static bool AreAlike(in TcpHeader a, in TcpHeader b) =>
        a.Acknowledgement == b.Acknowledgement
        && a.Offset == b.Offset
        && ((a.Flags ^ b.Flags) & ~TransportView.PshFlag) == 0
        && a.Window == b.Window
        && a.Urgent == b.Urgent;
}

using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>What a packet on a TUN queue is a bundle of (linux/virtio_net.h, VIRTIO_NET_HDR_GSO_*).</summary>
public enum SegmentationType : byte
{
    /// <summary>One packet.</summary>
    None = 0,

    /// <summary>TCP segments over IPv4.</summary>
    TcpV4 = 1,

    /// <summary>TCP segments over IPv6.</summary>
    TcpV6 = 4,

    /// <summary>UDP datagrams over IPv4 or IPv6.</summary>
    Udp = 5,
}

/// <summary>
/// What precedes each packet on a TUN queue: <c>struct virtio_net_hdr</c> (linux/virtio_net.h), numbers in the host's byte order.
/// </summary>
/// <param name="Flags"><see cref="NeedsChecksum"/>, or 0.</param>
/// <param name="RawType">A <see cref="SegmentationType"/>, with <see cref="EcnBit"/> where TCP's CWR is set.</param>
/// <param name="HeaderLength">Bytes of the IP and transport headers; the kernel takes it as a hint, and so must we.</param>
/// <param name="SegmentSize">Bytes of payload in each segment but the last.</param>
/// <param name="ChecksumStart">Where the bytes begin that the transport checksum covers.</param>
/// <param name="ChecksumOffset">Where the checksum lies, from there.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct VirtioHeader(
    byte Flags, byte RawType, ushort HeaderLength, ushort SegmentSize, ushort ChecksumStart, ushort ChecksumOffset)
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 10;

    /// <summary>The checksum field holds the sum of the pseudo-header only (VIRTIO_NET_HDR_F_NEEDS_CSUM).</summary>
    public const byte NeedsChecksum = 1;

    /// <summary>Set in <see cref="RawType"/> beside the type (VIRTIO_NET_HDR_GSO_ECN).</summary>
    public const byte EcnBit = 0x80;

    /// <summary>What the packet is a bundle of.</summary>
    public SegmentationType Type => (SegmentationType)(RawType & ~EcnBit);

    /// <summary>Reads the header.</summary>
    /// <param name="bytes">At least <see cref="Size"/> bytes.</param>
    public static VirtioHeader Read(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<VirtioHeader>(bytes);

    /// <summary>Writes the header.</summary>
    /// <param name="bytes">Room for <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> bytes) => MemoryMarshal.Write(bytes, this);
}

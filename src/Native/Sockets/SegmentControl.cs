using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// The one control message that datagrams carry here, in the layout of a cmsghdr (cmsg(3)): the segment size of a bundle, asked for
/// on sending (UDP_SEGMENT, 16 bits) and told on receiving (UDP_GRO, 32 bits). Both fill the same room.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SegmentControl
{
    private nuint _length;
    private int _level;
    private int _type;
    private int _value;
    private readonly int _padding;

    /// <summary>Bytes that a received message fills.</summary>
    public static unsafe int Size => sizeof(SegmentControl);

    private static unsafe int HeaderSize => sizeof(cmsghdr);

    /// <summary>Asks the kernel to cut a datagram up.</summary>
    /// <param name="segmentSize">Bytes of each segment but the last, which may be shorter.</param>
    public void Ask(ushort segmentSize)
    {
        _length = (nuint)(HeaderSize + sizeof(ushort));
        _level = SocketAbi.SOL_UDP;
        _type = SocketAbi.UDP_SEGMENT;

        // The two bytes that the kernel reads come first in memory, whatever the byte order.
        MemoryMarshal.AsBytes(new Span<int>(ref _value)).Clear();
        MemoryMarshal.Write(MemoryMarshal.AsBytes(new Span<int>(ref _value)), segmentSize);
    }

    /// <summary>The segment size of a received bundle, or 0 when it is a single datagram.</summary>
    /// <param name="filled">Bytes of control data that the kernel delivered.</param>
    public readonly int Told(int filled) =>
        filled >= HeaderSize + sizeof(int) && _level == SocketAbi.SOL_UDP && _type == SocketAbi.UDP_GRO ? _value : 0;
}

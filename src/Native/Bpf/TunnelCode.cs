using System.Buffers.Binary;
using static FastFlannel.Native.BpfAssembler;

namespace FastFlannel.Native;

/// <summary>
/// What the programs of both directions share: where things are in a packet's context (linux/bpf.h, struct __sk_buff) and in the
/// headers, and the ways out. A program that is not sure passes the packet on, to the router in this process, before it has changed
/// anything; so whatever is rare or needs an answer is done there and only there.
/// </summary>
internal static class TunnelCode
{
    /// <summary>Bytes of the outer IPv4 and UDP headers.</summary>
    public const int Overhead = 28;

    /// <summary>Bytes of an Ethernet header.</summary>
    public const int Ethernet = 14;

    /// <summary>The entry of the counters for packets to peers.</summary>
    public const int CountOut = 0;

    /// <summary>The entry of the counters for packets from peers.</summary>
    public const int CountIn = 1;

    /// <summary>Where a program finds things of a packet.</summary>
    public static class Context
    {
#pragma warning disable CS1591 // the kernel's names
        public const int Length = 0;
        public const int PacketType = 4;
        public const int Protocol = 16;
        public const int VlanTag = 24;
        public const int Data = 76;
        public const int DataEnd = 80;
        public const int Segments = 164;
        public const int SegmentSize = 176;
#pragma warning restore CS1591
    }

    // Results (linux/bpf.h, enum tcx_action_base) and flags of helpers.
    private const int TCX_NEXT = -1;
    private const int TCX_DROP = 2;
    private const int BPF_ADJ_ROOM_MAC = 1;

    /// <summary>A number as two bytes in network order, as they lie in memory here.</summary>
    public static int Wire(int number) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness((ushort)number) : (ushort)number;

    /// <summary>An address in network order, as it lies in memory here.</summary>
    public static int Wire(Ipv4Address address) =>
        (int)(BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(address.Value) : address.Value);

    /// <summary>Register 7 becomes the packet's beginning, register 3 its end as far as it can be read.</summary>
    public static BpfAssembler LoadBounds(this BpfAssembler code) => code
        .Load(Width.Word, R7, R6, Context.Data)
        .Load(Width.Word, R3, R6, Context.DataEnd);

    /// <summary>Jumps if so many bytes cannot be read; register 2 is lost.</summary>
    public static BpfAssembler IfShorter(this BpfAssembler code, int bytes, string place) => code
        .Move(R2, R7).Plus(R2, bytes).IfMoreThan(R2, R3, place);

    /// <summary>Makes room for the outer headers, or takes them off; jumps if the kernel will not, and has changed nothing then.</summary>
    public static BpfAssembler AdjustRoom(this BpfAssembler code, int bytes, int flags, string otherwise) => code
        .Move(R1, R6).Set(R2, bytes).Set(R3, BPF_ADJ_ROOM_MAC).Set(R4, flags).Call(BpfHelper.AdjustRoom).IfNot(R0, 0, otherwise);

    /// <summary>Takes one from the time to live of an IPv4 header and mends its checksum (RFC 1141); register 4 is lost.</summary>
    /// <param name="code">The program.</param>
    /// <param name="header">Where the header is, from the packet's beginning.</param>
    public static BpfAssembler DecrementTimeToLive(this BpfAssembler code, int header) => code
        .Load(Width.Byte, R4, R7, header + 8).Plus(R4, -1).Store(Width.Byte, R7, header + 8, R4)
        .Load(Width.Half, R4, R7, header + 10).Plus(R4, Wire(0x0100))
        .IfLess(R4, 0xFFFF, "no carry").Plus(R4, 1).Place("no carry")
        .Store(Width.Half, R7, header + 10, R4);

    /// <summary>Register 9 becomes the number of packets that this one stands for.</summary>
    public static BpfAssembler LoadSegments(this BpfAssembler code) => code
        .Load(Width.Word, R9, R6, Context.Segments).IfNot(R9, 0, "segments").Set(R9, 1).Place("segments");

    /// <summary>Counts as many packets as register 9 says, and as many bytes as register 8.</summary>
    public static BpfAssembler Count(this BpfAssembler code, BpfMap counters, int entry)
    {
        using BorrowedDescriptor loan = counters.Borrow();
        return code
            .StoreNumber(Width.Word, Stack, -4, entry)
            .LoadMap(R1, loan.Number).Move(R2, Stack).Plus(R2, -4).Call(BpfHelper.MapLookup)
            .IfNull(R0, "counted")
            .Load(Width.Double, R1, R0, 0).PlusRegister(R1, R9).Store(Width.Double, R0, 0, R1)
            .Load(Width.Double, R1, R0, 8).PlusRegister(R1, R8).Store(Width.Double, R0, 8, R1)
            .Place("counted");
    }

    /// <summary>The ends: to whoever comes next, which is the way to our router at last; or nowhere.</summary>
    public static BpfAssembler Ends(this BpfAssembler code) => code
        .Place("pass").Set(R0, TCX_NEXT).Exit()
        .Place("drop").Set(R0, TCX_DROP).Exit();
}

using static FastFlannel.Native.BpfInstruction;

namespace FastFlannel.Native;

/// <summary>
/// The program that chooses a packet's queue. What it looks at is the same in every packet of a flow, from the first one on and
/// whichever way the answers come: addresses, and for TCP the ports. The ports of other protocols are left out, because a fragment
/// has none: datagrams that are fragmented and others of the same flow belong on one queue. (Network cards do the same with UDP.)
/// </summary>
internal static class FlowSteeringCode
{
    private const int Loaded = 0;
    private const int Start = 1;
    private const int Context = 6; // where the kernel wants it for loads
    private const int Hash = 7;
    private const int Header = 8;

    // Odd, with bits all over: the golden ratio, and a step of a common finisher (MurmurHash3).
    private const uint Multiplier = 0x9E3779B1;
    private const uint Finisher = 0x85EBCA6B;

    /// <summary>Writes the program.</summary>
    /// <param name="queues">Among how many it chooses.</param>
    public static BpfInstruction[] For(int queues)
    {
        BpfInstruction[] ports =
        [
            LoadPacket(Size.Byte, 0), Do(Operation.And, Loaded, 0x0F), Do(Operation.ShiftLeft, Loaded, 2),
            DoWith(Operation.Move, Header, Loaded), LoadPacketAt(Size.Word, Header), .. Mix(),
        ];
        BpfInstruction[] portsUnlessFragment =
        [
            LoadPacket(Size.Half, 6), Do(Operation.And, Loaded, 0x3FFF), SkipUnless(0, ports.Length), .. ports,
        ];
        BpfInstruction[] ipv4 =
        [
            .. MixWords(12, 2), LoadPacket(Size.Byte, 9), SkipUnless(6, portsUnlessFragment.Length), .. portsUnlessFragment,
        ];

        BpfInstruction[] ipv6 =
        [
            .. MixWords(8, 8),
            LoadPacket(Size.Byte, 6), SkipUnless(6, 1 + Mix().Length),
            LoadPacket(Size.Word, 40), .. Mix(),
        ];

        return
        [
            MoveWide(Context, Start), Do(Operation.Move, Hash, 0),
            LoadPacket(Size.Byte, 0), Do(Operation.ShiftRight, Loaded, 4),
            SkipUnless(4, ipv4.Length), .. ipv4,
            LoadPacket(Size.Byte, 0), Do(Operation.ShiftRight, Loaded, 4),
            SkipUnless(6, ipv6.Length), .. ipv6,
            .. Choose(queues),
        ];
    }

    private static BpfInstruction[] MixWords(int offset, int count) =>
        [.. Enumerable.Range(0, count).SelectMany(i => (BpfInstruction[])[LoadPacket(Size.Word, offset + (4 * i)), .. Mix()])];

    private static BpfInstruction[] Mix() => [DoWith(Operation.Xor, Hash, Loaded), Do(Operation.Multiply, Hash, Multiplier)];

    /// <summary>Spreads the hash's bits, and scales it down: as even as a remainder, and from the bits that are mixed best.</summary>
    private static BpfInstruction[] Choose(int queues) =>
    [
        DoWith(Operation.Move, Loaded, Hash), Do(Operation.ShiftRight, Loaded, 16), DoWith(Operation.Xor, Hash, Loaded),
        Do(Operation.Multiply, Hash, Finisher),
        DoWith(Operation.Move, Loaded, Hash), DoWide(Operation.Multiply, Loaded, queues), DoWide(Operation.ShiftRight, Loaded, 32),
        Exit(),
    ];
}

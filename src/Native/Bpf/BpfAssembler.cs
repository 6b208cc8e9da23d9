namespace FastFlannel.Native;

/// <summary>
/// Puts a BPF program together, instruction by instruction, with names for the places that are jumped to (RFC 9669). Comparisons
/// with numbers look at the low 32 bits of a register; arithmetic works on all 64.
/// </summary>
internal sealed class BpfAssembler
{
#pragma warning disable CS1591 // the registers' names say what they are: 0 holds results, 1 to 5 arguments, 6 to 9 survive calls
    public const int R0 = 0, R1 = 1, R2 = 2, R3 = 3, R4 = 4, R5 = 5, R6 = 6, R7 = 7, R8 = 8, R9 = 9;
#pragma warning restore CS1591

    /// <summary>The stack's end: what is stored lies below it, up to 512 bytes.</summary>
    public const int Stack = 10;

    private const byte FromRegister = 0x08;
    private const byte Jump = 0x05;
    private const byte Jump32 = 0x06;
    private const byte Arithmetic64 = 0x07;

    private readonly List<Step> _steps = [];
    private readonly Dictionary<string, int> _places = [];

    /// <summary>How wide a load or a store is.</summary>
    public enum Width : byte
    {
        /// <summary>Four bytes.</summary>
        Word = 0x00,

        /// <summary>Two bytes.</summary>
        Half = 0x08,

        /// <summary>One byte.</summary>
        Byte = 0x10,

        /// <summary>Eight bytes.</summary>
        Double = 0x18,
    }

    /// <summary>Sets a register to a number, which is extended by its sign.</summary>
    public BpfAssembler Set(int register, int number) => Add(Arithmetic64 | 0xB0, register, 0, 0, number);

    /// <summary>Sets a register to another.</summary>
    public BpfAssembler Move(int register, int from) => Add(Arithmetic64 | 0xB0 | FromRegister, register, from, 0, 0);

    /// <summary>Adds a number.</summary>
    public BpfAssembler Plus(int register, int number) => Add(Arithmetic64, register, 0, 0, number);

    /// <summary>Adds a register.</summary>
    public BpfAssembler PlusRegister(int register, int other) => Add(Arithmetic64 | FromRegister, register, other, 0, 0);

    /// <summary>Keeps the bits that are set in a number, which is extended by its sign.</summary>
    public BpfAssembler And(int register, int number) => Add(Arithmetic64 | 0x50, register, 0, 0, number);

    /// <summary>Turns the bits over that are set in a number.</summary>
    public BpfAssembler Xor(int register, int number) => Add(Arithmetic64 | 0xA0, register, 0, 0, number);

    /// <summary>Shifts to the left.</summary>
    public BpfAssembler ShiftLeft(int register, int bits) => Add(Arithmetic64 | 0x60, register, 0, 0, bits);

    /// <summary>Shifts to the right, filling with zeros.</summary>
    public BpfAssembler ShiftRight(int register, int bits) => Add(Arithmetic64 | 0x70, register, 0, 0, bits);

    /// <summary>Between host and network byte order, of the low 16 bits; the others become 0.</summary>
    public BpfAssembler SwapHalf(int register) => Add(0xDC, register, 0, 0, 16);

    /// <summary>Loads from memory, as it lies there.</summary>
    public BpfAssembler Load(Width width, int register, int from, int offset) => Add(0x61 | (byte)width, register, from, offset, 0);

    /// <summary>Stores a register.</summary>
    public BpfAssembler Store(Width width, int to, int offset, int register) => Add(0x63 | (byte)width, to, register, offset, 0);

    /// <summary>Stores a number.</summary>
    public BpfAssembler StoreNumber(Width width, int to, int offset, int number) => Add(0x62 | (byte)width, to, 0, offset, number);

    /// <summary>Sets a register to a map.</summary>
    public BpfAssembler LoadMap(int register, int descriptor)
    {
        // One instruction of double length; 1 as its source says that the number is a map's descriptor.
        return Add(0x18, register, 1, 0, descriptor).Add(0, 0, 0, 0, 0);
    }

    /// <summary>Calls one of the kernel's helpers (enum bpf_func_id); registers 1 to 5 are lost.</summary>
    public BpfAssembler Call(BpfHelper helper) => Add(Jump | 0x80, 0, 0, 0, (int)helper);

    /// <summary>Ends the program with what register 0 holds.</summary>
    public BpfAssembler Exit() => Add(Jump | 0x90, 0, 0, 0, 0);

    /// <summary>Jumps.</summary>
    public BpfAssembler Go(string place) => AddJump(Jump, 0, 0, 0, place);

    /// <summary>Jumps if a register is a number.</summary>
    public BpfAssembler IfEqual(int register, int number, string place) => AddJump(Jump32 | 0x10, register, 0, number, place);

    /// <summary>Jumps if a register, a result that may be a null pointer, is null.</summary>
    public BpfAssembler IfNull(int register, string place) => AddJump(Jump | 0x10, register, 0, 0, place);

    /// <summary>Jumps if a register is not a number.</summary>
    public BpfAssembler IfNot(int register, int number, string place) => AddJump(Jump32 | 0x50, register, 0, number, place);

    /// <summary>Jumps if two registers differ.</summary>
    public BpfAssembler IfDiffer(int register, int other, string place) =>
        AddJump(Jump | 0x50 | FromRegister, register, other, 0, place);

    /// <summary>Jumps if a register is more than a number; neither is negative.</summary>
    public BpfAssembler IfMore(int register, int number, string place) => AddJump(Jump32 | 0x20, register, 0, number, place);

    /// <summary>Jumps if a register is more than another; also for addresses.</summary>
    public BpfAssembler IfMoreThan(int register, int other, string place) =>
        AddJump(Jump | 0x20 | FromRegister, register, other, 0, place);

    /// <summary>Jumps if a register is less than a number; neither is negative.</summary>
    public BpfAssembler IfLess(int register, int number, string place) => AddJump(Jump32 | 0xA0, register, 0, number, place);

    /// <summary>Names the place of the next instruction.</summary>
    public BpfAssembler Place(string name)
    {
        _places.Add(name, _steps.Count);
        return this;
    }

    /// <summary>Adds what another method writes: a part of the program that has a name.</summary>
    public BpfAssembler Part(Func<BpfAssembler, BpfAssembler> part) => part(this);

    /// <summary>The program.</summary>
    /// <exception cref="KeyNotFoundException">A place that is jumped to has no name.</exception>
    public BpfInstruction[] Build() =>
    [
        .. _steps.Select((step, index) => new BpfInstruction(
            step.Code,
            step.Destination,
            step.Source,
            step.Place is null ? step.Offset : _places[step.Place] - index - 1,
            step.Number)),
    ];

    private BpfAssembler Add(int code, int destination, int source, int offset, int number)
    {
        _steps.Add(new Step((byte)code, destination, source, offset, number, null));
        return this;
    }

    private BpfAssembler AddJump(int code, int register, int other, int number, string place)
    {
        _steps.Add(new Step((byte)code, register, other, 0, number, place));
        return this;
    }

    private readonly record struct Step(byte Code, int Destination, int Source, int Offset, int Number, string? Place);
}

/// <summary>Helpers of the kernel that our programs call (linux/bpf.h, enum bpf_func_id).</summary>
internal enum BpfHelper
{
    /// <summary>Finds a map's entry.</summary>
    MapLookup = 1,

    /// <summary>Sends a packet to another device.</summary>
    Redirect = 23,

    /// <summary>Makes the beginning of a packet readable in one piece.</summary>
    PullData = 39,

    /// <summary>Makes room before a packet for a link layer's header.</summary>
    ChangeHead = 43,

    /// <summary>Makes or takes room behind the link layer's header.</summary>
    AdjustRoom = 50,

    /// <summary>Asks the routing table and the neighbours.</summary>
    FibLookup = 69,

    /// <summary>Sends a packet to a neighbour, whose address the kernel looks up.</summary>
    RedirectNeighbour = 152,
}

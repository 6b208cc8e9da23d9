using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>
/// One instruction of a BPF program, in the layout of struct bpf_insn (linux/bpf.h; RFC 9669). Registers are named by their number;
/// 0 holds results and what was loaded, 1 is the packet's context at the start, 6 to 9 survive loads.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct BpfInstruction
{
    // Classes, sizes and modes (linux/bpf_common.h).
    private const byte Load = 0x00;
    private const byte Arithmetic = 0x04;
    private const byte Jump = 0x05;
    private const byte Arithmetic64 = 0x07;
    private const byte Absolute = 0x20;
    private const byte Indirect = 0x40;
    private const byte FromRegister = 0x08;

    private readonly byte _code;
    private readonly byte _registers;
    private readonly short _offset;
    private readonly int _immediate;

    internal BpfInstruction(byte code, int destination, int source, int offset, int immediate)
    {
        _code = code;

        // Two bit fields of four bits, of which the first lies in the low half on little-endian machines and in the high on others.
        _registers = (byte)(BitConverter.IsLittleEndian ? destination | (source << 4) : source | (destination << 4));
        _offset = (short)offset;
        _immediate = immediate;
    }

    /// <summary>What is loaded from a packet.</summary>
    public enum Size : byte
    {
        /// <summary>Four bytes.</summary>
        Word = 0x00,

        /// <summary>Two bytes.</summary>
        Half = 0x08,

        /// <summary>One byte.</summary>
        Byte = 0x10,
    }

    /// <summary>What is done to a register.</summary>
    public enum Operation : byte
    {
        /// <summary>Multiply.</summary>
        Multiply = 0x20,

        /// <summary>And.</summary>
        And = 0x50,

        /// <summary>Shift left.</summary>
        ShiftLeft = 0x60,

        /// <summary>Shift right, filling with zeros.</summary>
        ShiftRight = 0x70,

        /// <summary>Exclusive or.</summary>
        Xor = 0xA0,

        /// <summary>Take over.</summary>
        Move = 0xB0,
    }

    /// <summary>
    /// Loads from the packet into register 0, from network to host byte order. A program that loads beyond the packet's end ends
    /// there with the result 0.
    /// </summary>
    public static BpfInstruction LoadPacket(Size size, int offset) => new((byte)(Load | Absolute | (byte)size), 0, 0, 0, offset);

    /// <summary>As <see cref="LoadPacket"/>, from as far as a register says.</summary>
    public static BpfInstruction LoadPacketAt(Size size, int register) => new((byte)(Load | Indirect | (byte)size), 0, register, 0, 0);

    /// <summary>Works on the low 32 bits of a register with a number; the high ones become 0.</summary>
    public static BpfInstruction Do(Operation operation, int register, uint number) =>
        new((byte)(Arithmetic | (byte)operation), register, 0, 0, unchecked((int)number));

    /// <summary>Works on the low 32 bits of a register with those of another; the high ones become 0.</summary>
    public static BpfInstruction DoWith(Operation operation, int register, int other) =>
        new((byte)(Arithmetic | FromRegister | (byte)operation), register, other, 0, 0);

    /// <summary>Works on all 64 bits of a register.</summary>
    /// <param name="operation">What.</param>
    /// <param name="register">On which.</param>
    /// <param name="number">With what; less than 2^31.</param>
    public static BpfInstruction DoWide(Operation operation, int register, int number) =>
        new((byte)(Arithmetic64 | (byte)operation), register, 0, 0, number);

    /// <summary>Takes over all 64 bits of another register.</summary>
    public static BpfInstruction MoveWide(int register, int other) =>
        new(Arithmetic64 | FromRegister | (byte)Operation.Move, register, other, 0, 0);

    /// <summary>Leaves so many instructions out if register 0 is not a number.</summary>
    public static BpfInstruction SkipUnless(uint number, int instructions) =>
        new(Jump | 0x50, 0, 0, instructions, unchecked((int)number));

    /// <summary>Ends the program with what register 0 holds.</summary>
    public static BpfInstruction Exit() => new(Jump | 0x90, 0, 0, 0, 0);
}

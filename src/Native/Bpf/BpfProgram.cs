using System.Runtime.InteropServices;
using System.Text;

namespace FastFlannel.Native;

/// <summary>A BPF program, in the kernel once it is loaded (bpf(2)).</summary>
internal sealed unsafe class BpfProgram : Descriptor
{
    private const int BPF_PROG_LOAD = 5;
    private const int BPF_PROG_TEST_RUN = 10;
    private const int LogSize = 1 << 16;

    // Some helpers, such as asking the routing table, are for programs that may be had under the GPL as well.
    private static ReadOnlySpan<byte> License => "Dual MIT/GPL\0"u8;

    private BpfProgram(int number)
        : base(number)
    {
    }

    /// <summary>What a program sees and decides (linux/bpf.h, enum bpf_prog_type).</summary>
    public enum Kind : uint
    {
        /// <summary>A packet from its network header on; what it returns is for whoever asked, such as a TUN device's queue.</summary>
        SocketFilter = 1,

        /// <summary>A frame that comes into a device or leaves it, which it may change and send elsewhere.</summary>
        Classifier = 3,
    }

    /// <summary>Loads a program.</summary>
    /// <param name="kind">What it sees.</param>
    /// <param name="name">What <c>bpftool prog</c> calls it; up to 15 letters, digits and underscores.</param>
    /// <param name="code">The program.</param>
    /// <exception cref="SysException">
    /// EPERM without CAP_BPF (and CAP_NET_ADMIN for a classifier), or under a seccomp filter; ENOSYS without bpf(2); EINVAL or EACCES when the kernel's verifier refuses it, with the end of what it said.
    /// </exception>
    public static BpfProgram Load(Kind kind, string name, BpfInstruction[] code)
    {
        int number = TryLoad(kind, name, code, []);
        if (number >= 0)
            return new BpfProgram(number);

        int errno = Marshal.GetLastPInvokeError();
        byte[] log = new byte[LogSize];
        if (errno is Errno.EINVAL or Errno.EACCES)
            _ = TryLoad(kind, name, code, log);

        throw new SysException($"load the BPF program {name}", errno, LastLines(log));
    }

    /// <summary>Has the kernel run the program once, on a frame that goes nowhere.</summary>
    /// <param name="frame">An Ethernet frame.</param>
    /// <returns>What the program decided, and the frame as it left it.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    internal (int Result, byte[] Frame) Run(ReadOnlySpan<byte> frame)
    {
        byte[] output = new byte[frame.Length + 256];
        using BorrowedDescriptor loan = Borrow();
        fixed (byte* from = frame, to = output)
        {
            // The kernel reads and writes no more than the lengths say.
            TestAttributes attributes = default;
            attributes.Program = (uint)loan.Number;
            attributes.InputLength = (uint)frame.Length;
            attributes.OutputLength = (uint)output.Length;
            attributes.Input = (ulong)from;
            attributes.Output = (ulong)to;
            if (BpfCalls.Bpf(BPF_PROG_TEST_RUN, &attributes, (uint)sizeof(TestAttributes)) != 0)
                throw new SysException("run a BPF program", Marshal.GetLastPInvokeError());

            return ((int)attributes.Result, output[..(int)attributes.OutputLength]);
        }
    }

    private static int TryLoad(Kind kind, string name, BpfInstruction[] code, byte[] log)
    {
        fixed (BpfInstruction* instructions = code)
        fixed (byte* license = License, said = log)
        {
            // The kernel copies all of it before the call returns, and writes no more than LogSize bytes of log.
            LoadAttributes attributes = default;
            attributes.Type = (uint)kind;
            attributes.InstructionCount = (uint)code.Length;
            attributes.Instructions = (ulong)instructions;
            attributes.License = (ulong)license;
            attributes.LogLevel = log.Length > 0 ? 1u : 0;
            attributes.LogSize = (uint)log.Length;
            attributes.Log = (ulong)said;
            _ = Encoding.ASCII.GetBytes(name, new Span<byte>(attributes.Name, 15));
            return BpfCalls.Bpf(BPF_PROG_LOAD, &attributes, (uint)sizeof(LoadAttributes));
        }
    }

    private static string? LastLines(byte[] log)
    {
        string text = Encoding.UTF8.GetString(log).TrimEnd('\0', '\n');
        return text.Length == 0 ? null : string.Join("; ", text.Split('\n').TakeLast(4));
    }

    /// <summary>The beginning of union bpf_attr for BPF_PROG_LOAD (linux/bpf.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LoadAttributes
    {
        public uint Type;
        public uint InstructionCount;
        public ulong Instructions;
        public ulong License;
        public uint LogLevel;
        public uint LogSize;
        public ulong Log;
        public uint KernelVersion;
        public uint Flags;
        public fixed byte Name[16];
    }

    /// <summary>The beginning of union bpf_attr for BPF_PROG_TEST_RUN.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TestAttributes
    {
        public uint Program;
        public uint Result;
        public uint InputLength;
        public uint OutputLength;
        public ulong Input;
        public ulong Output;
        public uint Repeat;
        public uint Duration;
    }
}

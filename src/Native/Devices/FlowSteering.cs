using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>
/// Which queue of a TUN device a packet goes to, decided in the kernel by a BPF program (bpf(2)) so that a flow never changes its
/// queue. Without one the kernel moves a flow to the queue that its answers were written to, and so reorders it once.
/// </summary>
public sealed unsafe class FlowSteering : Descriptor
{
    private const int BPF_PROG_LOAD = 5;
    private const int BPF_PROG_TEST_RUN = 10;
    private const uint BPF_PROG_TYPE_SOCKET_FILTER = 1;

    private FlowSteering(int number, int queues)
        : base(number) => Queues = queues;

    /// <summary>Among how many queues it chooses.</summary>
    public int Queues { get; }

    /// <summary>Loads the program into the kernel.</summary>
    /// <param name="queues">1 to 256.</param>
    /// <exception cref="SysException">
    /// EPERM without CAP_BPF or CAP_SYS_ADMIN where unprivileged programs are off, or under a seccomp filter; ENOSYS without bpf(2).
    /// </exception>
    public static FlowSteering Load(int queues)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(queues);
        BpfInstruction[] code = FlowSteeringCode.For(queues);
        fixed (BpfInstruction* instructions = code)
        fixed (byte* license = "Apache-2.0\0"u8)
        {
            // The kernel copies all of it before the call returns.
            LoadAttributes attributes = default;
            attributes.Type = BPF_PROG_TYPE_SOCKET_FILTER;
            attributes.InstructionCount = (uint)code.Length;
            attributes.Instructions = (ulong)instructions;
            attributes.License = (ulong)license;
            int number = BpfCalls.Bpf(BPF_PROG_LOAD, &attributes, (uint)sizeof(LoadAttributes));
            return number >= 0
                ? new FlowSteering(number, queues)
                : throw new SysException("load the program that keeps flows on their queues", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Has the kernel run the program once.</summary>
    /// <param name="packet">An IP packet, or the beginning of one.</param>
    /// <returns>The queue it chose, from 0.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    internal int Choose(ReadOnlySpan<byte> packet)
    {
        // The kernel takes off an Ethernet header before it runs a program of this type.
        const int EthernetHeader = 14;
        byte[] frame = new byte[EthernetHeader + packet.Length];
        packet.CopyTo(frame.AsSpan(EthernetHeader));
        using BorrowedDescriptor loan = Borrow();
        fixed (byte* data = frame)
        {
            TestAttributes attributes = default;
            attributes.Program = (uint)loan.Number;
            attributes.InputLength = (uint)frame.Length;
            attributes.Input = (ulong)data;
            return BpfCalls.Bpf(BPF_PROG_TEST_RUN, &attributes, (uint)sizeof(TestAttributes)) == 0
                ? (int)attributes.Result
                : throw new SysException("run the program that keeps flows on their queues", Marshal.GetLastPInvokeError());
        }
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

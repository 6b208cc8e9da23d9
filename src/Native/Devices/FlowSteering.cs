namespace FastFlannel.Native;

/// <summary>
/// Which queue of a TUN device a packet goes to, decided in the kernel by a BPF program (bpf(2)) so that a flow never changes its
/// queue. Without one the kernel moves a flow to the queue that its answers were written to, and so reorders it once.
/// </summary>
public sealed class FlowSteering : IDisposable
{
    private FlowSteering(BpfProgram program, int queues) => (Program, Queues) = (program, queues);

    /// <summary>Among how many queues it chooses.</summary>
    public int Queues { get; }

    internal BpfProgram Program { get; }

    /// <summary>Loads the program into the kernel.</summary>
    /// <param name="queues">1 to 256.</param>
    /// <exception cref="SysException">
    /// EPERM without CAP_BPF or CAP_SYS_ADMIN where unprivileged programs are off, or under a seccomp filter; ENOSYS without bpf(2).
    /// </exception>
    public static FlowSteering Load(int queues)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(queues);
        return new FlowSteering(
            BpfProgram.Load(BpfProgram.Kind.SocketFilter, "flannel_queue", FlowSteeringCode.For(queues)), queues);
    }

    /// <inheritdoc/>
    public void Dispose() => Program.Dispose();

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
        return Program.Run(frame).Result;
    }
}

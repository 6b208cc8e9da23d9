using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>
/// Ties a program to one direction of a device (tcx, since Linux 6.6) for as long as somebody has this open: when the process ends,
/// however it ends, and nobody else has it, the tie is gone. Programs of others on the same device go on working.
/// </summary>
internal sealed unsafe class BpfLink : Descriptor
{
    private const int BPF_LINK_CREATE = 28;
    private const int BPF_LINK_DETACH = 34;

    private BpfLink(int number)
        : base(number)
    {
    }

    /// <summary>Which packets a program sees (linux/bpf.h, enum bpf_attach_type).</summary>
    public enum Direction : uint
    {
        /// <summary>Those that a device has received.</summary>
        Ingress = 46,

        /// <summary>Those that a device is to send.</summary>
        Egress = 47,
    }

    /// <summary>Ties a program to a device.</summary>
    /// <param name="program">The program.</param>
    /// <param name="link">The device's index.</param>
    /// <param name="direction">Which packets.</param>
    /// <exception cref="SysException">EINVAL before Linux 6.6; ENODEV without the device.</exception>
    public static BpfLink Attach(BpfProgram program, int link, Direction direction)
    {
        using BorrowedDescriptor loan = program.Borrow();
        CreateAttributes attributes = default;
        attributes.Program = (uint)loan.Number;
        attributes.Target = (uint)link;
        attributes.Type = (uint)direction;
        int number = BpfCalls.Bpf(BPF_LINK_CREATE, &attributes, (uint)sizeof(CreateAttributes));
        return number >= 0
            ? new BpfLink(number)
            : throw new SysException($"attach a BPF program to device {link} ({direction})", Marshal.GetLastPInvokeError());
    }

    /// <summary>Unties a program, whoever has the tie open.</summary>
    /// <param name="link">What must be a tie; anything else, and one whose device is gone, stays as it is.</param>
    public static void Detach(Descriptor link)
    {
        using BorrowedDescriptor loan = link.Borrow();
        uint attributes = (uint)loan.Number; // union bpf_attr for BPF_LINK_DETACH
        _ = BpfCalls.Bpf(BPF_LINK_DETACH, &attributes, sizeof(uint));
    }

    /// <summary>union bpf_attr for BPF_LINK_CREATE with a tcx link (linux/bpf.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CreateAttributes
    {
        public uint Program;
        public uint Target;
        public uint Type;
        public uint Flags;
        public uint RelativeTo;
        public uint Padding;
        public ulong ExpectedRevision;
    }
}

using System.Runtime.InteropServices;
using System.Text;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// One queue of a TUN device: each read takes one IP packet that the kernel sends to the device, each write hands the kernel
/// one that arrives from it, both behind a <see cref="VirtioHeader"/>. The device vanishes with its last queue
/// (Documentation/networking/tuntap.rst).
/// </summary>
public sealed unsafe class TunQueue : Descriptor
{
    private const string ControlPath = "/dev/net/tun";
    private const int InterfaceNameSize = 16; // IFNAMSIZ, with its closing zero
    private const int InterfaceRequestSize = 40; // sizeof(struct ifreq)
    private const int TUNSETIFF = 0x400454CA; // _IOW('T', 202, int)
    private const int TUNSETOFFLOAD = 0x400454D0; // _IOW('T', 208, unsigned int)
    private const uint TUNSETSTEERINGEBPF = 0x800454E0; // _IOR('T', 224, int)
    private const short IFF_TUN = 0x0001;
    private const short IFF_MULTI_QUEUE = 0x0100;
    private const short IFF_NO_PI = 0x1000;
    private const short IFF_VNET_HDR = 0x4000;

    private TunQueue(int number, string name)
        : base(number) => Name = name;

    /// <summary>The device's name, for example <c>flannel0</c>.</summary>
    public string Name { get; }

    /// <summary>Makes a device with one queue.</summary>
    /// <param name="namePattern">A name, or a pattern with <c>%d</c> for which the kernel takes the first free number.</param>
    /// <exception cref="SysException">No /dev/net/tun, no CAP_NET_ADMIN, or the name is taken.</exception>
    public static TunQueue Create(string namePattern) => Open(namePattern, 0);

    /// <summary>Makes a device with several queues, over which the kernel spreads flows.</summary>
    /// <param name="namePattern">As for one queue.</param>
    /// <param name="count">1 to 256.</param>
    /// <exception cref="SysException">As for one queue.</exception>
    public static TunQueue[] Create(string namePattern, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (count == 1)
            return [Create(namePattern)];

        var queues = new TunQueue[count];
        try
        {
            // The first makes the device, the others join it by its name.
            for (int i = 0; i < count; i++)
                queues[i] = Open(i == 0 ? namePattern : queues[0].Name, IFF_MULTI_QUEUE);

            return queues;
        }
        catch
        {
            foreach (TunQueue? queue in queues)
                queue?.Dispose();

            throw;
        }
    }

    /// <summary>Says what the queue may hand over unfinished; until then it hands over finished packets only.</summary>
    /// <returns>EINVAL when the kernel does not know one of them; nothing has changed then.</returns>
    public SysResult TrySetOffloads(TunOffloads offloads)
    {
        using BorrowedDescriptor loan = Borrow();
        return SysResult.Of(LibC.ioctl(loan.Number, TUNSETOFFLOAD, (void*)(nint)offloads));
    }

    /// <summary>Has a program choose the queue of each packet, for all queues of the device; the program stays loaded with it.</summary>
    /// <returns>EINVAL before Linux 4.16.</returns>
    public SysResult TrySteer(FlowSteering steering)
    {
        using BorrowedDescriptor loan = Borrow();
        using BorrowedDescriptor program = steering.Program.Borrow();
        int number = program.Number;
        return SysResult.Of(LibC.ioctl(loan.Number, unchecked((int)TUNSETSTEERINGEBPF), &number));
    }

    private static TunQueue Open(string namePattern, short flags)
    {
        if (Encoding.UTF8.GetByteCount(namePattern) >= InterfaceNameSize)
            throw new ArgumentException($"'{namePattern}' is longer than {InterfaceNameSize - 1} bytes", nameof(namePattern));

        int number;
        fixed (byte* path = "/dev/net/tun\0"u8)
            number = LibC.open(path, LibC.O_RDWR | LibC.O_CLOEXEC | LibC.O_NONBLOCK, 0);

        if (number < 0)
            throw new SysException($"open {ControlPath}", Marshal.GetLastPInvokeError());

        // struct ifreq (linux/if.h): 16 bytes of name, then a union of which the flags come first.
        byte* request = stackalloc byte[InterfaceRequestSize];
        var bytes = new Span<byte>(request, InterfaceRequestSize);
        bytes.Clear();
        _ = Encoding.UTF8.GetBytes(namePattern, bytes);
        *(short*)(request + InterfaceNameSize) = (short)(IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | flags);
        if (LibC.ioctl(number, TUNSETIFF, request) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            _ = LibC.close(number);
            throw new SysException($"make the TUN device '{namePattern}'", errno);
        }

        ReadOnlySpan<byte> name = bytes[..InterfaceNameSize];
        return new TunQueue(number, Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]));
    }

    /// <summary>A stand-in for a device: two connected sockets that keep packet boundaries, for tests without privileges.</summary>
    /// <param name="buffer">Bytes that may wait in each direction, with the kernel's own; 0 for its usual 208 KiB.</param>
    internal static (TunQueue Queue, TunQueue Kernel) CreatePair(int buffer = 0)
    {
        int* pair = stackalloc int[2];
        if (LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_SEQPACKET | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0, pair) != 0)
            throw new SysException("make a socket pair", Marshal.GetLastPInvokeError());

        for (int i = 0; i < 2 && buffer > 0; i++)
            _ = LibC.setsockopt(pair[i], LibC.SOL_SOCKET, SocketAbi.SO_SNDBUFFORCE, &buffer, sizeof(int));

        return (new TunQueue(pair[0], "pair0"), new TunQueue(pair[1], "pair1"));
    }
}

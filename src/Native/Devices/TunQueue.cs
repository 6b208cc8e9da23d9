using System.Runtime.InteropServices;
using System.Text;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// One queue of a TUN device: each read takes one IP packet that the kernel sends to the device, each write hands the kernel
/// one that arrives from it. The device vanishes with its last queue (Documentation/networking/tuntap.rst).
/// </summary>
public sealed unsafe class TunQueue : Descriptor
{
    private const string ControlPath = "/dev/net/tun";
    private const int InterfaceNameSize = 16; // IFNAMSIZ, with its closing zero
    private const int InterfaceRequestSize = 40; // sizeof(struct ifreq)
    private const int TUNSETIFF = 0x400454CA; // _IOW('T', 202, int)
    private const short IFF_TUN = 0x0001;
    private const short IFF_NO_PI = 0x1000;

    private TunQueue(int number, string name)
        : base(number) => Name = name;

    /// <summary>The device's name, for example <c>flannel0</c>.</summary>
    public string Name { get; }

    /// <summary>Makes a device.</summary>
    /// <param name="namePattern">A name, or a pattern with <c>%d</c> for which the kernel takes the first free number.</param>
    /// <exception cref="SysException">No /dev/net/tun, no CAP_NET_ADMIN, or the name is taken.</exception>
    public static TunQueue Create(string namePattern)
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
        *(short*)(request + InterfaceNameSize) = IFF_TUN | IFF_NO_PI;
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
    internal static (TunQueue Queue, TunQueue Kernel) CreatePair()
    {
        int* pair = stackalloc int[2];
        if (LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_SEQPACKET | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0, pair) != 0)
            throw new SysException("make a socket pair", Marshal.GetLastPInvokeError());

        return (new TunQueue(pair[0], "pair0"), new TunQueue(pair[1], "pair1"));
    }
}

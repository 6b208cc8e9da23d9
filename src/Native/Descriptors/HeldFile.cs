using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// A hold on a file, also on a socket's: it can be reached by <see cref="PathOf"/> when its name is gone, and is gone itself when nobody
/// holds it any more, however who held it ended (open(2), O_PATH).
/// </summary>
public sealed class HeldFile : Descriptor
{
    private const int O_PATH = 0x200000; // asm-generic/fcntl.h

    private HeldFile(int number)
        : base(number)
    {
    }

    /// <summary>Where a process finds a file that is open there under a number; needs /proc.</summary>
    public static string PathOf(int number) => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{number}");

    /// <summary>Takes hold of a file.</summary>
    /// <exception cref="SysException">There is no such file, or the process has no descriptor left.</exception>
    public static unsafe HeldFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            int number = LibC.open(name, O_PATH | LibC.O_CLOEXEC, 0);
            return number >= 0 ? new HeldFile(number) : throw new SysException($"open {path}", Marshal.GetLastPInvokeError());
        }
    }
}

using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>An eventfd by which one thread tells another that it is its turn; the other clears it again (eventfd(2)).</summary>
public sealed class Signal : Descriptor
{
    private Signal(int number)
        : base(number)
    {
    }

    /// <summary>Makes a signal that is not set.</summary>
    /// <exception cref="SysException">The process has no descriptor left.</exception>
    public static Signal Create()
    {
        int number = LibC.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);
        return number >= 0 ? new Signal(number) : throw new SysException("make an eventfd", Marshal.GetLastPInvokeError());
    }

    /// <summary>Sets the signal with this raw number.</summary>
    public static void Set(int signal)
    {
        Span<byte> one = [1, 0, 0, 0, 0, 0, 0, 0];
        _ = DescriptorIo.Write(signal, one);
    }

    /// <summary>Clears the signal with this raw number.</summary>
    /// <returns>Whether it was set. A wait for it may have ended without that, because it was interrupted.</returns>
    public static bool Clear(int signal)
    {
        Span<byte> count = stackalloc byte[8];
        return DescriptorIo.Read(signal, count).Ok;
    }
}

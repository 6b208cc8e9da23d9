using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// An eventfd that wakes every worker which waits for it. Once set it stays set: each waiter sees it, whenever it looks
/// (eventfd(2)).
/// </summary>
public sealed class WakeEvent : Descriptor
{
    private WakeEvent(int number)
        : base(number)
    {
    }

    /// <summary>Makes an event that is not set.</summary>
    /// <exception cref="SysException">The process has no descriptor left.</exception>
    public static WakeEvent Create()
    {
        int number = LibC.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);
        return number >= 0 ? new WakeEvent(number) : throw new SysException("make an eventfd", Marshal.GetLastPInvokeError());
    }

    /// <summary>Wakes all who wait, now and later.</summary>
    public void Set()
    {
        using BorrowedDescriptor loan = Borrow();
        Span<byte> one = [1, 0, 0, 0, 0, 0, 0, 0];
        _ = DescriptorIo.Write(loan.Number, one);
    }
}

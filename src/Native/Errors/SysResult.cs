using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>What a system call on the hot path returned: a value, or an errno. Never thrown, never allocated.</summary>
/// <param name="Value">Bytes, messages or descriptors, as the call defines; -1 when it failed.</param>
/// <param name="Errno">0, or the kernel's error number.</param>
public readonly record struct SysResult(int Value, int Errno)
{
    /// <summary>Whether the call succeeded.</summary>
    public bool Ok => Errno == 0;

    /// <summary>Whether the call only had nothing to do now (EAGAIN) or was interrupted (EINTR).</summary>
    public bool IsTransient => Errno is Native.Errno.EAGAIN or Native.Errno.EINTR;

    internal static SysResult Of(long returned) => returned >= 0
        ? new SysResult((int)returned, 0)
        : new SysResult(-1, Marshal.GetLastPInvokeError());
}

namespace FastFlannel.Native;

/// <summary>A system call failed during set-up or control. The hot path uses <see cref="SysResult"/> instead.</summary>
public sealed class SysException : IOException
{
    /// <summary>Makes the error <c>cannot {what}: {the C library's text}</c>, followed by the detail in brackets.</summary>
    /// <param name="what">What was being done, with the names and values involved, for example <c>open /dev/net/tun</c>.</param>
    /// <param name="errno">The kernel's error number.</param>
    /// <param name="detail">What the kernel said beyond the number, if it said anything.</param>
    public SysException(string what, int errno, string? detail = null)
        : base($"cannot {what}: {Native.Errno.Describe(errno)}{(detail is null ? "" : $" ({detail})")}") => Errno = errno;

    /// <summary>The kernel's error number.</summary>
    public int Errno { get; }
}

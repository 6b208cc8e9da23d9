namespace FastFlannel.Native;

/// <summary>A system call failed during set-up or control. The hot path uses <see cref="SysResult"/> instead.</summary>
public sealed class SysException : IOException
{
    /// <summary>Makes the error <c>cannot {what}: {the C library's text}</c>.</summary>
    /// <param name="what">What was being done, with the names and values involved, for example <c>open /dev/net/tun</c>.</param>
    /// <param name="errno">The kernel's error number.</param>
    public SysException(string what, int errno)
        : base($"cannot {what}: {Native.Errno.Describe(errno)}") => Errno = errno;

    /// <summary>The kernel's error number.</summary>
    public int Errno { get; }
}

using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>The error numbers that decisions are taken on (asm-generic/errno.h; the same on x86-64 and arm64).</summary>
public static class Errno
{
#pragma warning disable CS1591, CA1707 // the kernel's names say what they are
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int ESRCH = 3;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int EBADF = 9;
    public const int EAGAIN = 11;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int ENODEV = 19;
    public const int EINVAL = 22;
    public const int EBADFD = 77;
    public const int EMSGSIZE = 90;
    public const int EPROTONOSUPPORT = 93;
    public const int EAFNOSUPPORT = 97;
    public const int EADDRINUSE = 98;
    public const int EADDRNOTAVAIL = 99;
    public const int ENETUNREACH = 101;
#pragma warning restore CS1591, CA1707

    /// <summary>The C library's text for a number, for example <c>Device or resource busy</c>.</summary>
    public static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}

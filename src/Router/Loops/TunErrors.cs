using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>What a TUN queue's errors mean (linux drivers/net/tun.c).</summary>
internal static class TunErrors
{
    /// <summary>
    /// Whether the device was deleted. Its queue then polls as ready for ever, which is why a loop must not just try again.
    /// </summary>
    public static bool MeansGone(int errno) => errno is Errno.EBADFD or Errno.EBADF or Errno.ENODEV;
}

using System.Runtime.InteropServices;
using Tmds.Linux;

[assembly: System.Runtime.CompilerServices.DisableRuntimeMarshalling]

namespace FastFlannel.Native;

/// <summary>The batched and gathering calls that the C library binding in use does not declare (recvmmsg(2), sendmmsg(2), writev(2)).</summary>
internal static unsafe partial class MessageCalls
{
    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    internal static partial int ReceiveMany(int socket, mmsghdr* messages, uint count, int flags, timespec* timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    internal static partial int SendMany(int socket, mmsghdr* messages, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "writev", SetLastError = true)]
    internal static partial nint WriteGathered(int descriptor, iovec* vectors, int count);
}

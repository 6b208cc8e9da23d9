using System.Net.Sockets;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// Who is at the other end of a Unix socket, as the kernel noted when it was connected, or when the other side began to listen
/// (unix(7), SO_PEERCRED; struct ucred).
/// </summary>
/// <param name="ProcessId">The process, as this process's PID namespace counts; 0 when it is not in it.</param>
/// <param name="UserId">Its effective user.</param>
/// <param name="GroupId">Its effective group.</param>
public readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId)
{
    /// <summary>This process's effective user.</summary>
    public static uint OwnUserId => (uint)LibC.geteuid();

    /// <summary>Whether it may do here what this process may: it is root, or of the same user.</summary>
    public bool MayCommand => UserId == 0 || UserId == OwnUserId;

    /// <summary>Asks the kernel.</summary>
    /// <param name="socket">A connected Unix socket.</param>
    public static PeerCredentials Of(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Span<byte> credentials = stackalloc byte[12];
        _ = socket.GetRawSocketOption(LibC.SOL_SOCKET, SocketAbi.SO_PEERCRED, credentials);
        ReadOnlySpan<int> numbers = MemoryMarshal.Cast<byte, int>(credentials);
        return new PeerCredentials(numbers[0], (uint)numbers[1], (uint)numbers[2]);
    }
}

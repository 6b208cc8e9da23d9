using System.Net.Sockets;
using FastFlannel.Control;
using FastFlannel.Native;

namespace FastFlannel.Daemon;

/// <summary>
/// The socket by which a running daemon is found, mode 0600. Whoever finds nobody behind it may replace it, and nobody else: a lock
/// file beside it, of the same mode, sees to it that two that start at once do not both find nobody.
/// </summary>
internal sealed class AdminSocket : IDisposable
{
    /// <summary>Bytes of a path at most (unix(7), sun_path less its closing zero).</summary>
    public const int LongestPath = 107;

    // What waits to be accepted; who comes later waits outside.
    private const int Backlog = 16;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(2);

    private readonly string _path;

    private AdminSocket(string path, Socket listener) => (_path, Listener) = (path, listener);

    /// <summary>Accepts connections.</summary>
    public Socket Listener { get; }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="FatalException">Another daemon listens there, or the file cannot be made.</exception>
    public static AdminSocket Listen(string path)
    {
        try
        {
            _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using FileStream @lock = Lock(path);
            using (Socket? other = TryConnect(path))
            {
                if (other is not null)
                {
                    throw new FatalException(
                        $"another daemon, process {PeerCredentials.Of(other).ProcessId}, listens at {path}: give each daemon on a host its "
                        + "own --subnet-file or --admin-socket, or stop that one");
                }
            }

            // Nobody can connect before it listens; by then the file has its mode.
            string unfinished = path + ".new";
            File.Delete(unfinished);
            var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(unfinished));
            File.SetUnixFileMode(unfinished, OwnerOnly);
            listener.Listen(Backlog);
            File.Move(unfinished, path, overwrite: true);
            return new AdminSocket(path, listener);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            throw new FatalException($"cannot listen at {path} (--admin-socket chooses another place): {e.Message}", e);
        }
    }

    /// <summary>Connects to whoever listens.</summary>
    /// <returns>Null when nobody does.</returns>
    /// <exception cref="SocketException">Somebody does who does not accept.</exception>
    public static Socket? TryConnect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            SendTimeout = (int)ConnectLimit.TotalMilliseconds,
        };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();

            // ENOENT has no name of its own there.
            if (e.SocketErrorCode == SocketError.ConnectionRefused || !File.Exists(path))
                return null;

            throw;
        }
    }

    /// <summary>Listens no more, and takes the file away if it is still this one's.</summary>
    public void Dispose()
    {
        try
        {
            using FileStream @lock = Lock(_path);
            using Socket? whoever = TryConnect(_path);
            if (whoever is not null && PeerCredentials.Of(whoever).ProcessId == Environment.ProcessId)
                File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            // What stays behind is replaced by the next one.
        }

        Listener.Dispose();
    }

    private static FileStream Lock(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            UnixCreateMode = OwnerOnly,
        };
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path + ".lock", options);
            }
            catch (IOException e) when (e is not DirectoryNotFoundException && TimeProvider.System.GetElapsedTime(began) < LockLimit)
            {
                Thread.Sleep(LockPause);
            }
        }
    }
}

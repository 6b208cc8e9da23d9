using System.Net.Sockets;
using System.Text;
using FastFlannel.Native;

namespace FastFlannel.Daemon;

/// <summary>A connection to a running daemon's admin socket. Every call waits for so long and no longer.</summary>
internal sealed class AdminClient : IDisposable
{
    // Longer than the daemon takes to come to rest.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(12);

    private readonly Socket _socket;
    private readonly List<byte> _read = [];
    private readonly List<PassedDescriptor> _descriptors = [];

    private AdminClient(Socket socket)
    {
        _socket = socket;
        _socket.ReceiveTimeout = (int)AnswerLimit.TotalMilliseconds;
    }

    /// <summary>What the daemon greets with: its protocol's version, its own, and its network's prefix in etcd.</summary>
    public (int Protocol, string Program, string Network) Greeting { get; private set; }

    /// <summary>The daemon's process.</summary>
    public int ProcessId => PeerCredentials.Of(_socket).ProcessId;

    /// <summary>Connects and reads the greeting.</summary>
    /// <returns>Null when nobody listens.</returns>
    /// <exception cref="IOException">Somebody listens who is no daemon of this user or root, or does not answer.</exception>
    public static AdminClient? TryConnect(string path)
    {
        try
        {
            if (AdminSocket.TryConnect(path) is not { } socket)
                return null;

            var client = new AdminClient(socket);
            try
            {
                // Descriptors of a stranger are nothing to carry packets with.
                if (PeerCredentials.Of(socket) is { MayCommand: false } stranger)
                    throw new IOException($"process {stranger.ProcessId} at {path} is of user {stranger.UserId}");

                string[] words = client.ReadLine().Split(' ');
                client.Greeting = words is [AdminProtocol.Greeting, var version, var program, ..] && int.TryParse(version, out int protocol)
                    ? (protocol, program, string.Join(' ', words.Skip(3)))
                    : throw new IOException($"what listens at {path} is no daemon: it says '{words[0]}'");
                return client;
            }
            catch
            {
                client.Dispose();
                throw;
            }
        }
        catch (SocketException e)
        {
            throw new IOException($"cannot connect to {path}: {e.Message}", e);
        }
    }

    /// <summary>Says a line.</summary>
    /// <exception cref="IOException">The daemon is gone.</exception>
    public void Say(string line) => DescriptorPassing.Send(_socket, Encoding.UTF8.GetBytes(line + "\n"), []);

    /// <summary>Reads an answer.</summary>
    /// <exception cref="IOException">The daemon is gone, or takes too long.</exception>
    public string ReadLine()
    {
        Span<byte> buffer = stackalloc byte[1024];
        int end;
        while ((end = _read.IndexOf((byte)'\n')) < 0)
        {
            int received = DescriptorPassing.Receive(_socket, buffer, _descriptors);
            if (received == 0)
                throw new IOException("the daemon has closed the connection");

            _read.AddRange(buffer[..received]);
            if (_read.Count > AdminProtocol.LongestAnswer)
                throw new IOException($"the daemon says more than {AdminProtocol.LongestAnswer} bytes");
        }

        string line = Encoding.UTF8.GetString([.. _read[..end]]);
        _read.RemoveRange(0, end + 1);
        return line;
    }

    /// <summary>The descriptors that have come so far; they are the caller's from here on.</summary>
    public IReadOnlyList<PassedDescriptor> TakeDescriptors()
    {
        PassedDescriptor[] all = [.. _descriptors];
        _descriptors.Clear();
        return all;
    }

    /// <summary>Waits until the daemon has ended.</summary>
    /// <returns>Whether it has, in time.</returns>
    public async Task<bool> WaitForEndAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        byte[] rest = new byte[64];
        try
        {
            while (await _socket.ReceiveAsync(rest, SocketFlags.None, timeout.Token) > 0)
            {
            }

            return true;
        }
        catch (SocketException)
        {
            return true; // killed
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        foreach (PassedDescriptor descriptor in _descriptors)
            descriptor.Dispose();

        _socket.Dispose();
    }
}

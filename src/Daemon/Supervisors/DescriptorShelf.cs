using System.Net.Sockets;
using System.Text;
using FastFlannel.Native;

namespace FastFlannel.Daemon;

/// <summary>
/// The supervisor's end of what systemd calls the FD store (sd_notify(3), FDSTORE): holds what the daemon sends over a socket that nobody
/// else can reach, until the daemon has it forgotten. May be used by several threads.
/// </summary>
internal sealed class DescriptorShelf : IDisposable
{
    // As many queues as there may be, each with a socket, and what little else there is.
    private const int MostDescriptors = 200;
    private const int LongestMessage = 4096;

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, PassedDescriptor> _held = new(StringComparer.Ordinal);

    /// <summary>Makes the socket.</summary>
    /// <exception cref="IOException">There is no directory for temporary files, or the process has no descriptor left.</exception>
    public DescriptorShelf()
    {
        // A socket needs a name to begin with. It has none from here on, so that nothing is left of it however this process ends.
        string directory = Directory.CreateTempSubdirectory("fastflannel-notify-").FullName;
        try
        {
            string path = Path.Combine(directory, "notify");
            _socket.Bind(new UnixDomainSocketEndPoint(path));
            Place = HeldFile.Open(path);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        _socket.ReceiveTimeout = 1;
    }

    /// <summary>The socket's file. Who has it sends to <see cref="HeldFile.PathOf"/> its number there.</summary>
    public HeldFile Place { get; }

    /// <summary>What is held, in the order of the names.</summary>
    public IReadOnlyList<KeyValuePair<string, PassedDescriptor>> Held
    {
        get
        {
            lock (_lock)
                return [.. _held];
        }
    }

    /// <summary>Waits for a message and does what it says.</summary>
    /// <param name="limit">How long to wait.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryRead(TimeSpan limit)
    {
        if (!_socket.Poll(limit, SelectMode.SelectRead))
            return false;

        lock (_lock)
            Receive();

        return true;
    }

    public void Dispose()
    {
        _socket.Dispose();
        Place.Dispose();
        foreach (PassedDescriptor descriptor in _held.Values)
            descriptor.Dispose();
    }

    private void Receive()
    {
        List<PassedDescriptor> descriptors = [];
        try
        {
            Span<byte> buffer = stackalloc byte[LongestMessage];
            int length = DescriptorPassing.Receive(_socket, buffer, descriptors);
            Do(Encoding.UTF8.GetString(buffer[..length]).Split('\n'), descriptors);
        }
        catch (SysException)
        {
            // Another thread has read it, or there were more descriptors than there is room for.
        }
        finally
        {
            // Those that were put away are no longer in the list.
            foreach (PassedDescriptor descriptor in descriptors)
                descriptor.Dispose();
        }
    }

    private void Do(string[] lines, List<PassedDescriptor> descriptors)
    {
        const string Name = "FDNAME=";
        string? name = lines.FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal))?[Name.Length..];
        if (name is null)
            return;

        if (lines.Contains("FDSTOREREMOVE=1") && _held.Remove(name, out PassedDescriptor? forgotten))
            forgotten.Dispose();

        if (lines.Contains("FDSTORE=1") && descriptors.Count == 1 && _held.Count < MostDescriptors && _held.TryAdd(name, descriptors[0]))
            descriptors.Clear();
    }
}

using System.Globalization;
using System.Net.Sockets;
using FastFlannel.Control;
using FastFlannel.Native;

namespace FastFlannel.Daemon;

/// <summary>
/// Descriptors that the service manager holds while no daemon runs: systemd's FD store (sd_notify(3), FDSTORE; sd_listen_fds(3)), or
/// our own supervisor, which speaks the same. Without one nothing is held.
/// </summary>
internal sealed class ServiceDescriptors : IDescriptorKeeper
{
    /// <summary>Of the descriptors that are handed to a process (sd_listen_fds(3), SD_LISTEN_FDS_START).</summary>
    public const int FirstNumber = 3;

    /// <summary>The environment variables that tell of them. They are for one process, and not for those that it starts.</summary>
    public static readonly IReadOnlyList<string> Variables = [ProcessVariable, CountVariable, NamesVariable];

    private const string ProcessVariable = "LISTEN_PID";
    private const string CountVariable = "LISTEN_FDS";
    private const string NamesVariable = "LISTEN_FDNAMES";

    private readonly string? _socket;
    private readonly Dictionary<string, PassedDescriptor> _inherited = [];

    /// <summary>Takes what it has handed to this process.</summary>
    /// <param name="environment">Looks an environment variable up; null when there is none.</param>
    /// <param name="process">This process's id.</param>
    public ServiceDescriptors(Func<string, string?> environment, int process)
    {
        _socket = environment(NotifySocket.Variable) is { Length: > 0 } socket ? socket : null;

        IReadOnlyList<string> names = NamesOf(environment, process);
        for (int i = 0; i < names.Count; i++)
        {
            if (PassedDescriptor.Inherited(FirstNumber + i) is { } passed && !_inherited.TryAdd(names[i], passed))
                passed.Dispose();
        }

        Names = [.. _inherited.Keys];

        // Our supervisor's socket has no name, but a descriptor here, which no child needs.
        if (_socket == HeldFile.PathOf(FirstNumber + names.Count))
            _ = PassedDescriptor.KeepFromChildren(FirstNumber + names.Count);
    }

    /// <summary>The names of the descriptors that were handed to this process, from the first number on.</summary>
    /// <param name="environment">Looks an environment variable up; null when there is none.</param>
    /// <param name="process">This process's id.</param>
    internal static IReadOnlyList<string> NamesOf(Func<string, string?> environment, int process)
    {
        // A supervisor cannot know the id before there is a process, and leaves it out.
        string own = process.ToString(CultureInfo.InvariantCulture);
        if ((environment(ProcessVariable) ?? own) != own)
            return [];

        string[] names = environment(NamesVariable)?.Split(':') ?? [];
        return int.TryParse(environment(CountVariable), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? names[..Math.Min(count, names.Length)]
            : [];
    }

    /// <inheritdoc/>
    public IEnumerable<string> Names { get; } = [];

    /// <summary>What an earlier run held.</summary>
    public InheritedDescriptors Inherit() => new(_inherited, () =>
    {
        foreach (string name in Names)
            Forget(name);
    });

    /// <inheritdoc/>
    public void Keep(string name, Descriptor descriptor)
    {
        // What has the name already would stay beside it.
        Forget(name);
        Notify($"FDSTORE=1\nFDNAME={name}\nFDPOLL=0", [descriptor]);
    }

    /// <inheritdoc/>
    public void Forget(string name) => Notify($"FDSTOREREMOVE=1\nFDNAME={name}", []);

    private void Notify(string message, IReadOnlyList<Descriptor> descriptors)
    {
        if (_socket is null)
            return;

        try
        {
            NotifySocket.Send(_socket, message, descriptors);
        }
        catch (Exception e) when (e is SocketException or SysException)
        {
            // Then a crash costs packets, as it does where nobody keeps anything.
        }
    }
}

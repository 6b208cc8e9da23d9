using System.Collections.Concurrent;
using FastFlannel.Native;
using FastFlannel.Router;

namespace FastFlannel.Control;

/// <summary>The state of each offload, for status: <c>on</c>, or why it is off.</summary>
internal sealed class OffloadStates
{
    private readonly ConcurrentDictionary<string, string> _states = new();
    private long _stepDowns;

    /// <summary>How often one was given up.</summary>
    public long StepDowns => Volatile.Read(ref _stepDowns);

    /// <summary>By the names of the config, in lower camel case.</summary>
    /// <param name="kernelTunnel">The state of that one, which changes while the daemon runs.</param>
    public IReadOnlyDictionary<string, string> Now(string kernelTunnel) =>
        new SortedDictionary<string, string>(_states) { [KeyOf(nameof(Offloads.KernelTunnel))] = kernelTunnel };

    /// <summary>Notes what the config wants.</summary>
    public void Begin(Offloads wanted)
    {
        foreach ((string name, bool isOn) in Pairs(wanted))
            _states[KeyOf(name)] = isOn ? "on" : "off: by the config";
    }

    /// <summary>Notes what the kernel lacks.</summary>
    public void Missing(MissingOffload offload) =>
        _states[KeyOf(offload.Offload)] = $"off: the kernel has none ({Errno.Describe(offload.Errno)})";

    /// <summary>Notes what was given up.</summary>
    public void SteppedDown(StepDown step)
    {
        _ = Interlocked.Increment(ref _stepDowns);
        _states[KeyOf(step.Offload)] = step.Peer is { } peer
            ? $"on, but not for {peer} ({Errno.Describe(step.Errno)})"
            : $"off: the kernel refused it ({Errno.Describe(step.Errno)})";
    }

    private static (string Name, bool IsOn)[] Pairs(Offloads wanted) =>
    [
        (nameof(Offloads.Tso), wanted.Tso),
        (nameof(Offloads.Uso), wanted.Uso),
        (nameof(Offloads.Gso), wanted.Gso),
        (nameof(Offloads.Gro), wanted.Gro),
        (nameof(Offloads.TcpCoalescing), wanted.TcpCoalescing),
        (nameof(Offloads.UdpCoalescing), wanted.UdpCoalescing),
    ];

    private static string KeyOf(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}

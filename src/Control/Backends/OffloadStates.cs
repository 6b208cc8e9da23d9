using System.Collections.Concurrent;
using FastFlannel.Native;
using FastFlannel.Router;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>Which offloads are in force, and for status the state of each: <c>on</c>, or why it is off.</summary>
/// <param name="wanted">What the config wants.</param>
/// <param name="logger">Is told what cannot be had.</param>
internal sealed class OffloadStates(Offloads wanted, ILogger logger)
{
    private readonly ConcurrentDictionary<string, string> _states = new();
    private long _stepDowns;

    /// <summary>What queues and sockets are set up for; none before the first <see cref="Probe"/>.</summary>
    public Offloads InForce { get; private set; } = new();

    /// <summary>How often one was given up.</summary>
    public long StepDowns => Volatile.Read(ref _stepDowns);

    /// <summary>By the names of the config, in lower camel case.</summary>
    /// <param name="kernelTunnel">The state of that one, which changes while the daemon runs.</param>
    public IReadOnlyDictionary<string, string> Now(string kernelTunnel) =>
        new SortedDictionary<string, string>(_states) { [KeyOf(nameof(Offloads.KernelTunnel))] = kernelTunnel };

    /// <summary>Sets queues and sockets up for what is wanted, as far as the kernel has it.</summary>
    public void Probe(IReadOnlyList<TunQueue> queues, IReadOnlyList<UdpSocket> sockets)
    {
        List<MissingOffload> missing = [];
        InForce = OffloadProbe.Apply(queues, sockets, wanted, missing);
        foreach ((string name, bool isOn) in Pairs(wanted))
            _states[KeyOf(name)] = isOn ? "on" : "off: by the config";

        foreach (MissingOffload offload in missing)
        {
            string cause = Errno.Describe(offload.Errno);
            _states[KeyOf(offload.Offload)] = $"off: the kernel has none ({cause})";
            logger.OffloadMissing(offload.Offload, cause);
        }
    }

    /// <summary>Notes what was given up.</summary>
    public void SteppedDown(StepDown step)
    {
        string cause = Errno.Describe(step.Errno);
        _ = Interlocked.Increment(ref _stepDowns);
        _states[KeyOf(step.Offload)] = step.Peer is { } peer
            ? $"on, but not for {peer} ({cause})"
            : $"off: the kernel refused it ({cause})";
        logger.OffloadSteppedDown(step.Offload, step.Peer?.ToString() ?? "every peer", cause);
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

using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>An offload that was wanted and cannot be had.</summary>
/// <param name="Offload">Its name, as in <see cref="Offloads"/>.</param>
/// <param name="Errno">What the kernel said.</param>
public readonly record struct MissingOffload(string Offload, int Errno);

/// <summary>Asks the kernel for offloads before a router starts, and finds which of them it has.</summary>
public static class OffloadProbe
{
    /// <summary>Sets queues and sockets up.</summary>
    /// <param name="queues">All queues of one device.</param>
    /// <param name="sockets">As many sockets.</param>
    /// <param name="wanted">What shall be used.</param>
    /// <param name="missing">Receives what cannot be.</param>
    /// <returns>What queues and sockets are now set up for.</returns>
    public static Offloads Apply(
        IReadOnlyList<TunQueue> queues, IReadOnlyList<UdpSocket> sockets, Offloads wanted, ICollection<MissingOffload> missing)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentNullException.ThrowIfNull(missing);
        Offloads had = ApplyToSockets(sockets, ApplyToQueues(queues, wanted, missing), missing);

        // The kernel takes UDP super-packets since it hands them out.
        if (had.UdpCoalescing && !KnowsUdpSuperPackets(queues[0], had))
        {
            missing.Add(new MissingOffload(nameof(Offloads.UdpCoalescing), Errno.EINVAL));
            had = had with { UdpCoalescing = false };
        }

        return had;
    }

    private static Offloads ApplyToQueues(
        IReadOnlyList<TunQueue> queues, Offloads wanted, ICollection<MissingOffload> missing)
    {
        SysResult set = Set(queues, wanted);
        if (!set.Ok && wanted.Uso)
        {
            missing.Add(new MissingOffload(nameof(Offloads.Uso), set.Errno));
            wanted = wanted with { Uso = false };
            set = Set(queues, wanted);
        }

        if (!set.Ok && wanted.Tso)
        {
            missing.Add(new MissingOffload(nameof(Offloads.Tso), set.Errno));
            wanted = wanted with { Tso = false };
        }

        return wanted;
    }

    /// <summary>Sets up sockets alone, for example those that take the place of others.</summary>
    /// <param name="sockets">The sockets. One that was adopted may have what an earlier run wanted, and loses it.</param>
    /// <param name="wanted">What shall be used.</param>
    /// <param name="missing">Receives what cannot be.</param>
    /// <returns>What the sockets are now set up for.</returns>
    public static Offloads ApplyToSockets(
        IReadOnlyList<UdpSocket> sockets, Offloads wanted, ICollection<MissingOffload> missing)
    {
        ArgumentNullException.ThrowIfNull(sockets);
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentNullException.ThrowIfNull(missing);
        foreach (UdpSocket socket in sockets)
        {
            if (wanted.Gso && socket.ProbeSegmentation() is { Ok: false } gso)
            {
                missing.Add(new MissingOffload(nameof(Offloads.Gso), gso.Errno));
                wanted = wanted with { Gso = false };
            }

            SysResult gro = socket.TryReceiveBundles(wanted.Gro);
            if (wanted.Gro && !gro.Ok)
            {
                missing.Add(new MissingOffload(nameof(Offloads.Gro), gro.Errno));
                wanted = wanted with { Gro = false };
            }
        }

        return wanted;
    }

    private static bool KnowsUdpSuperPackets(TunQueue queue, Offloads had)
    {
        if (had.Uso)
            return true;

        bool knows = queue.TrySetOffloads(TunOffloads.Checksum | TunOffloads.Uso4 | TunOffloads.Uso6).Ok;
        _ = queue.TrySetOffloads(FlagsOf(had));
        return knows;
    }

    private static SysResult Set(IReadOnlyList<TunQueue> queues, Offloads offloads)
    {
        SysResult result = default;
        for (int i = 0; i < queues.Count && result.Ok; i++)
            result = queues[i].TrySetOffloads(FlagsOf(offloads));

        return result;
    }

    private static TunOffloads FlagsOf(Offloads offloads)
    {
        TunOffloads flags = TunOffloads.None;
        if (offloads.Tso)
            flags |= TunOffloads.Checksum | TunOffloads.Tso4 | TunOffloads.Tso6 | TunOffloads.TsoEcn;

        if (offloads.Uso)
            flags |= TunOffloads.Checksum | TunOffloads.Uso4 | TunOffloads.Uso6;

        return flags;
    }
}

namespace FastFlannel.Native;

/// <summary>
/// The wire format of the udp backend, an inner packet as the payload of a UDP datagram, made and undone by two BPF programs inside
/// of the kernel, between hosts that both have them. Needs Linux 6.6, CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN. What the programs do
/// not take goes its usual way, to the TUN queue and to the socket. Disposing it, or the end of the process, takes the programs away,
/// unless somebody else has their <see cref="Links"/> open.
/// </summary>
public sealed class KernelTunnel : IDisposable
{
    private const int MaximumPeers = 1 << 16;

    private readonly List<Descriptor> _descriptors = [];
    private readonly BpfMap _routes;
    private readonly BpfMap _senders;
    private readonly BpfMap _counters;

    /// <summary>Loads the programs and attaches them; they take nothing until there are routes and peers.</summary>
    /// <exception cref="SysException">The kernel is too old, or does not allow it.</exception>
    public KernelTunnel(KernelTunnelSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ChecksSource = settings.ChecksSource;
        try
        {
            _routes = Keep(BpfMap.Create(BpfMap.Kind.LongestPrefix, keySize: 8, valueSize: 4, MaximumPeers));
            _senders = Keep(ChecksSource
                ? BpfMap.Create(BpfMap.Kind.LongestPrefix, keySize: 8, valueSize: 4, MaximumPeers)
                : BpfMap.Create(BpfMap.Kind.Hash, keySize: 4, valueSize: 4, MaximumPeers));
            _counters = Keep(BpfMap.Create(BpfMap.Kind.PerProcessorArray, keySize: 4, valueSize: 16, capacity: 2));
            BpfProgram inwards = Keep(Load("flannel_in", DecapsulationCode.Write(settings, _senders, _counters)));
            BpfProgram outwards = Keep(Load("flannel_out", EncapsulationCode.Write(settings, _routes, _counters)));
            Links =
            [
                Keep(BpfLink.Attach(inwards, settings.ExternalLink, BpfLink.Direction.Ingress)),
                Keep(BpfLink.Attach(outwards, settings.TunLink, BpfLink.Direction.Egress)),
            ];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the programs hang on: as long as anybody has these open, they go on as they were told last.</summary>
    public IReadOnlyList<Descriptor> Links { get; }

    /// <summary>Whether packets are taken by their sources, and not by who sends them alone.</summary>
    public bool ChecksSource { get; }

    /// <summary>What was carried so far.</summary>
    public KernelTunnelCounters Counters
    {
        get
        {
            (long packetsOut, long bytesOut) = Sum(TunnelCode.CountOut);
            (long packetsIn, long bytesIn) = Sum(TunnelCode.CountIn);
            return new KernelTunnelCounters(packetsOut, bytesOut, packetsIn, bytesIn);
        }
    }

    /// <summary>From now on, packets to a subnet go to a peer that decapsulates in its kernel.</summary>
    public void SetRoute(Ipv4Prefix subnet, Ipv4Address peer) => _routes.Set(KeyOf(subnet), TunnelCode.Wire(peer));

    /// <summary>From now on, packets to a subnet go through the TUN queue.</summary>
    public void RemoveRoute(Ipv4Prefix subnet) => _routes.Remove(KeyOf(subnet));

    /// <summary>From now on, datagrams of a peer are taken.</summary>
    /// <param name="subnet">The subnet that their packets come from, where sources are checked; otherwise nothing but the peer's.</param>
    /// <param name="peer">The peer's public address.</param>
    public void SetSender(Ipv4Prefix subnet, Ipv4Address peer)
    {
        if (ChecksSource)
            _senders.Set(KeyOf(subnet), TunnelCode.Wire(peer));
        else
            _senders.Set(TunnelCode.Wire(peer), 1);
    }

    /// <summary>From now on, what <see cref="SetSender"/> had taken goes to the socket.</summary>
    public void RemoveSender(Ipv4Prefix subnet, Ipv4Address peer)
    {
        if (ChecksSource)
            _senders.Remove(KeyOf(subnet));
        else
            _senders.Remove(TunnelCode.Wire(peer));
    }

    /// <summary>Takes a program off its device, also where somebody else has open what it hangs on.</summary>
    /// <param name="link">One of <see cref="Links"/>, of this tunnel or of an earlier run's.</param>
    public static void TakeOff(Descriptor link)
    {
        ArgumentNullException.ThrowIfNull(link);
        BpfLink.Detach(link);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // What was attached last is taken off first.
        for (int i = _descriptors.Count - 1; i >= 0; i--)
            _descriptors[i].Dispose();
    }

    private static BpfProgram Load(string name, BpfInstruction[] code) =>
        BpfProgram.Load(BpfProgram.Kind.Classifier, name, code);

    private static PrefixKey KeyOf(Ipv4Prefix subnet) => new((uint)subnet.Length, TunnelCode.Wire(subnet.Network));

    private T Keep<T>(T descriptor)
        where T : Descriptor
    {
        _descriptors.Add(descriptor);
        return descriptor;
    }

    private (long Packets, long Bytes) Sum(int entry)
    {
        Count[] counts = _counters.GetAll<Count>((uint)entry);
        return (counts.Sum(count => count.Packets), counts.Sum(count => count.Bytes));
    }

    // struct bpf_lpm_trie_key: the length in host order, the address in network order.
    private readonly record struct PrefixKey(uint Length, int Address);

    private readonly record struct Count(long Packets, long Bytes);
}

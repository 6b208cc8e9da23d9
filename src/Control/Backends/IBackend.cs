using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// How packets get to the peers. Called in the order of its members; those from <see cref="SetPeers"/> on may come at any time once
/// it has started, each by a thread of its own.
/// </summary>
internal interface IBackend : IDisposable
{
    /// <summary>The longest packet that fits through the overlay, in bytes.</summary>
    int Mtu { get; }

    /// <summary>The backend at this moment, for whoever asks; not before <see cref="Start"/>.</summary>
    BackendStatus Status { get; }

    /// <summary>Whether it needs CAP_NET_ADMIN: it makes devices or routes.</summary>
    bool ChangesKernel => true;

    /// <summary>Takes what this host may refuse. Before the lease, so that failing leaves none behind.</summary>
    /// <param name="inherited">What an earlier run held; what fits is adopted.</param>
    /// <exception cref="FatalException">This host cannot have the backend.</exception>
    void Claim(InheritedDescriptors inherited);

    /// <summary>Adds to a lease what peers have to know.</summary>
    /// <param name="bare">The public addresses.</param>
    /// <param name="held">What etcd has under this host's lease from an earlier run, or null.</param>
    LeaseAttributes Describe(LeaseAttributes bare, LeaseAttributes? held);

    /// <summary>Makes this host's own end of the overlay.</summary>
    /// <param name="own">What this host has leased.</param>
    /// <exception cref="FatalException">The kernel refuses.</exception>
    void Start(Subnet own);

    /// <summary>Puts the peers' leases in force, before it returns where the kernel lets it.</summary>
    void SetPeers(IReadOnlyCollection<Lease> peers);

    /// <summary>Begins to carry packets, or begins again. The first peers are in force.</summary>
    void Carry()
    {
    }

    /// <summary>Carries no packets until told to again; those of its devices and sockets wait there. Nothing in the kernel changes.</summary>
    void Pause()
    {
    }

    /// <summary>Takes another address of this host, or another interface, into use; the subnet and the peers stay.</summary>
    /// <exception cref="SysException">It cannot be had; all is as it was.</exception>
    void MoveTo(ExternalInterface external);

    /// <summary>Keeps in force what others in the kernel change, until told to stop.</summary>
    /// <param name="pulse">Hears the backend's loops turn.</param>
    /// <param name="cancellation">Ends it.</param>
    Task KeepAsync(Pulse pulse, CancellationToken cancellation);

    /// <summary>Tells peers through etcd what leases have no room for, and hears it from them, until told to stop.</summary>
    /// <param name="store">Where.</param>
    /// <param name="succession">Whether what was told stays when this is told to stop, since somebody else goes on.</param>
    /// <param name="cancellation">The order to stop.</param>
    Task ExchangeAsync(EtcdStore store, Succession succession, CancellationToken cancellation) =>
        Task.Delay(Timeout.Infinite, cancellation);
}

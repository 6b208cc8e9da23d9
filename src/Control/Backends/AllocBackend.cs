namespace FastFlannel.Control;

/// <summary>
/// The alloc backend: a lease and subnet.env, and nothing in the kernel (flannel, pkg/backend/alloc). For hosts whose routes
/// somebody else makes.
/// </summary>
internal sealed class AllocBackend(ExternalInterface external) : IBackend
{
    private int _peers;

    public int Mtu => external.Mtu;

    public BackendStatus Status => new("alloc", Device: null, Mtu, _peers, KernelStatus.None);

    public bool ChangesKernel => false;

    public void Claim(InheritedDescriptors inherited)
    {
    }

    // flannel's does not name itself either.
    public LeaseAttributes Describe(LeaseAttributes bare, LeaseAttributes? held) => bare;

    public void Start(Subnet own)
    {
    }

    public void SetPeers(IReadOnlyCollection<Lease> peers) => _peers = peers.Count;

    public void MoveTo(ExternalInterface external)
    {
    }

    public Task KeepAsync(Pulse pulse, CancellationToken cancellation) => Task.Delay(Timeout.Infinite, cancellation);

    public void Dispose()
    {
    }
}

namespace FastFlannel.Control;

/// <summary>
/// What the node does at this moment, for whoever asks: readiness, <c>/status</c> and <c>/metrics</c>. The control plane reports into
/// it and knows nothing of how it is shown.
/// </summary>
public sealed class NodeStatus
{
    private volatile Func<BackendStatus>? _backend;
    private volatile Func<LeaseStatus>? _lease;
    private volatile Func<EtcdStatus>? _etcd;
    private volatile Func<FirewallStatus>? _firewall;
    private volatile string? _leaseTrouble;
    private volatile string? _etcdTrouble;
    private volatile string? _externalTrouble;
    private volatile string? _announcementTrouble;
    private long _renewals;
    private long _failedRenewals;
    private long _watchRestarts;
    private long _moves;

    /// <summary>Why the own lease could not be renewed when that was last tried, or null. It lives on until its end.</summary>
    public string? LeaseTrouble => _leaseTrouble;

    /// <summary>Why the leases of peers are not followed, or null. Packets flow on with the last ones known.</summary>
    public string? EtcdTrouble => _etcdTrouble;

    /// <summary>Why peers do not reach this host's public address, or null.</summary>
    public string? AddressTrouble => _externalTrouble ?? _announcementTrouble;

    /// <summary>Why packets cannot flow, or null: as long as it stands, the host is not ready.</summary>
    public string? Obstacle => AddressTrouble ?? LeaseEnd;

    /// <summary>What is wrong, most urgent first; packets flow all the same unless there is an <see cref="Obstacle"/>.</summary>
    public IReadOnlyList<string> Troubles =>
        [.. new[] { AddressTrouble, LeaseEnd, LeaseTrouble, EtcdTrouble }.OfType<string>()];

    /// <summary>The backend's state, or null as long as none runs.</summary>
    public BackendStatus? Backend => _backend?.Invoke();

    /// <summary>The own lease, or null as long as there is none.</summary>
    public LeaseStatus? Lease => _lease?.Invoke();

    /// <summary>The way to etcd, or null before the first step on it.</summary>
    public EtcdStatus? Etcd => _etcd?.Invoke();

    /// <summary>The firewall rules, or null before they are in force.</summary>
    public FirewallStatus? Firewall => _firewall?.Invoke();

    /// <summary>How often the lease was renewed.</summary>
    public long Renewals => Volatile.Read(ref _renewals);

    /// <summary>How often renewing it failed and was tried again.</summary>
    public long FailedRenewals => Volatile.Read(ref _failedRenewals);

    /// <summary>How often the watch of the leases broke, so that they were listed again.</summary>
    public long WatchRestarts => Volatile.Read(ref _watchRestarts);

    /// <summary>How often the address that leads to peers changed.</summary>
    public long Moves => Volatile.Read(ref _moves);

    // Peers drop the lease at its end; another host may have the subnet by then.
    private string? LeaseEnd => Lease is { } lease && lease.Left == TimeSpan.Zero
        ? $"the lease of {lease.Subnet} has run out"
        : null;

    /// <summary>Says where the backend's state is, or with null that there is none any more.</summary>
    internal void Report(Func<BackendStatus>? backend) => _backend = backend;

    /// <summary>Says where the own lease is.</summary>
    internal void ShowLease(Func<LeaseStatus> lease) => _lease = lease;

    /// <summary>Says where etcd's numbers are.</summary>
    internal void ShowEtcd(Func<EtcdStatus> etcd) => _etcd = etcd;

    /// <summary>Says where the firewall's state is.</summary>
    internal void ShowFirewall(Func<FirewallStatus> firewall) => _firewall = firewall;

    /// <summary>Says how a renewal ended: with null well, else why not.</summary>
    internal void ReportLease(string? trouble)
    {
        _ = Interlocked.Increment(ref trouble is null ? ref _renewals : ref _failedRenewals);
        _leaseTrouble = trouble;
    }

    /// <summary>Says that the watch of the peers broke and why, or with null that they are followed.</summary>
    internal void ReportEtcd(string? trouble)
    {
        if (trouble is not null)
            _ = Interlocked.Increment(ref _watchRestarts);

        _etcdTrouble = trouble;
    }

    /// <summary>Says why the address that leads to peers cannot be used, or with null that it can.</summary>
    internal void ReportExternal(string? trouble) => _externalTrouble = trouble;

    /// <summary>Says that the address that leads to peers is another one.</summary>
    internal void ReportMove() => Interlocked.Increment(ref _moves);

    /// <summary>Says why peers do not know the address, or with null that they do.</summary>
    internal void ReportAnnouncement(string? trouble) => _announcementTrouble = trouble;
}

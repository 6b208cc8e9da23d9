namespace FastFlannel.Control;

/// <summary>What the node does at this moment, for whoever asks: the health port's <c>/status</c>.</summary>
public sealed class NodeStatus
{
    private volatile Func<BackendStatus>? _backend;
    private volatile string? _leaseTrouble;
    private volatile string? _etcdTrouble;

    /// <summary>Why this host may lose its lease, or null: as long as it stands, the host is not ready.</summary>
    public string? LeaseTrouble => _leaseTrouble;

    /// <summary>Why the leases of peers are not followed, or null. Packets flow on with the last ones known.</summary>
    public string? EtcdTrouble => _etcdTrouble;

    /// <summary>The backend's state, or null as long as none runs.</summary>
    public BackendStatus? Backend => _backend?.Invoke();

    /// <summary>Says where the backend's state is, or with null that there is none any more.</summary>
    internal void Report(Func<BackendStatus>? backend) => _backend = backend;

    /// <summary>Says what is wrong with the own lease, or with null that all is well.</summary>
    internal void ReportLease(string? trouble) => _leaseTrouble = trouble;

    /// <summary>Says why peers are not followed, or with null that they are.</summary>
    internal void ReportEtcd(string? trouble) => _etcdTrouble = trouble;
}

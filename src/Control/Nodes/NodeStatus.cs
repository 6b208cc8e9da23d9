namespace FastFlannel.Control;

/// <summary>What the node does at this moment, for whoever asks: the health port's <c>/status</c>.</summary>
public sealed class NodeStatus
{
    private volatile Func<UdpBackendStatus>? _backend;

    /// <summary>The udp backend's numbers, or null as long as it does not run.</summary>
    public UdpBackendStatus? Backend => _backend?.Invoke();

    /// <summary>Says where the backend's numbers are, or with null that there are none any more.</summary>
    internal void Report(Func<UdpBackendStatus>? backend) => _backend = backend;
}

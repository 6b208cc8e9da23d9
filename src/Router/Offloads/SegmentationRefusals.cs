using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// The peers that the kernel refused to cut bundles up for, for example because the way there leads through IPsec or a device
/// without checksum offload. Owned by one worker. More than a few say that it is no peer's fault: then all are refused.
/// </summary>
internal sealed class SegmentationRefusals
{
    private readonly Ipv4Endpoint[] _peers = new Ipv4Endpoint[16];
    private int _count;

    /// <summary>Whether bundles are refused everywhere.</summary>
    public bool IsEverywhere => _count == _peers.Length;

    /// <summary>Whether a peer gets single datagrams.</summary>
    public bool Contains(Ipv4Endpoint peer) => _count > 0 && (IsEverywhere || _peers.AsSpan(0, _count).Contains(peer));

    /// <summary>Notes a refusal.</summary>
    public void Add(Ipv4Endpoint peer)
    {
        if (!Contains(peer))
            _peers[_count++] = peer;
    }
}

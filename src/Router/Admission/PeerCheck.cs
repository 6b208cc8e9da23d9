namespace FastFlannel.Router;

/// <summary>What a datagram has to be before its packet is carried (docs/adr/0019-peers-only.md).</summary>
public enum PeerCheck
{
    /// <summary>Anybody's, for anybody, as flanneld has it.</summary>
    Off,

    /// <summary>A peer's, for this host's subnet. The inner source may be anybody: what a peer forwards from outside keeps its own.</summary>
    On,

    /// <summary>As <see cref="On"/>, and the inner source belongs to that peer's subnet.</summary>
    Strict,
}

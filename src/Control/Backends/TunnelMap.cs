using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>What one of the kernel tunnel's maps holds, so that it is told differences only.</summary>
/// <param name="set">Sets an entry.</param>
/// <param name="remove">Removes one.</param>
internal sealed class TunnelMap(
    Action<KernelTunnel, Ipv4Prefix, Ipv4Address> set, Action<KernelTunnel, Ipv4Prefix, Ipv4Address> remove)
{
    private readonly Dictionary<Ipv4Prefix, Ipv4Address> _entries = [];

    /// <summary>How many entries there are.</summary>
    public int Count => _entries.Count;

    /// <summary>Sets what is wanted and not there, or for another peer.</summary>
    public void SetAll(KernelTunnel tunnel, Dictionary<Ipv4Prefix, Ipv4Address> wanted)
    {
        foreach ((Ipv4Prefix prefix, Ipv4Address peer) in wanted)
        {
            if (_entries.TryGetValue(prefix, out Ipv4Address now) && now == peer)
                continue;

            set(tunnel, prefix, peer);
            _entries[prefix] = peer;
        }
    }

    /// <summary>Removes what is there and not wanted.</summary>
    public void RemoveOthers(KernelTunnel tunnel, Dictionary<Ipv4Prefix, Ipv4Address> wanted)
    {
        // A dictionary may be made smaller while it is enumerated.
        foreach ((Ipv4Prefix prefix, Ipv4Address peer) in _entries)
        {
            if (wanted.ContainsKey(prefix))
                continue;

            remove(tunnel, prefix, peer);
            _ = _entries.Remove(prefix);
        }
    }

    /// <summary>The tunnel is gone, and its maps with it.</summary>
    public void Forget() => _entries.Clear();
}

using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>Answers packets that came from the TUN queue and go no further. Owned by one worker.</summary>
internal sealed class TunReply
{
    private readonly RouterSettings _settings;
    private readonly Counters _counters;
    private readonly IcmpLimiter _limiter;
    private readonly IcmpLimiter _pathLimiter;

    // A zeroed virtio header, which says that the packet behind it is a plain one, and the packet.
    private readonly byte[] _reply = new byte[VirtioHeader.Size + IcmpReply.MaximumLength];

    public TunReply(RouterSettings settings, Counters counters)
    {
        _settings = settings;
        _counters = counters;
        _limiter = new IcmpLimiter(settings.Time);
        _pathLimiter = new IcmpLimiter(settings.Time);
    }

    /// <summary>Drops a packet that is too long, and tells its source where it forbids fragmenting.</summary>
    /// <param name="tun">The queue it came from.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="segments">As how many it is counted: those that a super-packet stands for.</param>
    /// <param name="mtu">What would fit.</param>
    public void RejectTooLong(int tun, PacketView packet, int segments, int mtu)
    {
        _counters.Dropped(DropReason.TooLong, segments);
        if (packet.DoNotFragment)
            TellTooLong(tun, packet, mtu);
    }

    /// <summary>
    /// Tells a packet's source that the path to a peer is narrower than the overlay. To know what it takes costs some system calls, so
    /// the kernel is asked no more often than a source may be told.
    /// </summary>
    public void TellPathTooNarrow(int tun, PacketView packet, Ipv4Endpoint nextHop)
    {
        if (packet.DoNotFragment && _pathLimiter.TryTake() && UdpSocket.PathMtu(nextHop) is { Ok: true } path)
            TellTooLong(tun, packet, path.Value - RouterSettings.Overhead);
    }

    /// <summary>Drops a packet and tells its source.</summary>
    /// <param name="tun">The queue it came from.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="segments">As how many it is counted: those that a super-packet stands for.</param>
    /// <param name="reason">What to count it as.</param>
    /// <param name="error">What the source is told.</param>
    public void Reject(int tun, PacketView packet, int segments, DropReason reason, IcmpError error)
    {
        _counters.Dropped(reason, segments);
        Tell(tun, packet, error);
    }

    private void TellTooLong(int tun, PacketView packet, int mtu)
    {
        // Nobody sends less than IPv6's minimum: the overlay then owes it to the packet to carry it in parts (RFC 8200 section 5).
        if (packet.IsIpv6 && packet.Bytes.Length <= Ipv6Header.MinimumMtu)
            return;

        Tell(tun, packet, IcmpError.FragmentationNeeded(packet.IsIpv6 ? Math.Max(mtu, Ipv6Header.MinimumMtu) : mtu));
    }

    private void Tell(int tun, PacketView packet, IcmpError error)
    {
        int length = IcmpReply.Write(_reply.AsSpan(VirtioHeader.Size), packet, error, _settings);
        if (length > 0 && _limiter.TryTake() && DescriptorIo.Write(tun, _reply.AsSpan(0, VirtioHeader.Size + length)).Ok)
            _counters.IcmpErrorSent();
    }
}

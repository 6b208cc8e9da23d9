using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>Answers packets that came from the TUN queue and go no further. Owned by one worker.</summary>
internal sealed class TunReply
{
    private readonly RouterSettings _settings;
    private readonly Counters _counters;
    private readonly IcmpLimiter _limiter;

    // A zeroed virtio header, which says that the packet behind it is a plain one, and the packet.
    private readonly byte[] _reply = new byte[VirtioHeader.Size + IcmpReply.MaximumLength];

    public TunReply(RouterSettings settings, Counters counters)
    {
        _settings = settings;
        _counters = counters;
        _limiter = new IcmpLimiter(settings.Time);
    }

    /// <summary>Drops a packet that is too long, and tells its source where it forbids fragmenting.</summary>
    public void RejectTooLong(int tun, PacketView packet, int mtu)
    {
        _counters.Dropped(DropReason.TooLong);
        if (packet.DoNotFragment)
            TellTooLong(tun, packet, mtu);
    }

    /// <summary>Tells a packet's source what would fit.</summary>
    public void TellTooLong(int tun, PacketView packet, int mtu)
    {
        // Nobody sends less than IPv6's minimum: the overlay then owes it to the packet to carry it in parts (RFC 8200 section 5).
        if (packet.IsIpv6 && packet.Bytes.Length <= Ipv6Header.MinimumMtu)
            return;

        Tell(tun, packet, IcmpError.FragmentationNeeded(packet.IsIpv6 ? Math.Max(mtu, Ipv6Header.MinimumMtu) : mtu));
    }

    /// <summary>Drops a packet and tells its source.</summary>
    public void Reject(int tun, PacketView packet, DropReason reason, IcmpError error)
    {
        _counters.Dropped(reason);
        Tell(tun, packet, error);
    }

    private void Tell(int tun, PacketView packet, IcmpError error)
    {
        int length = IcmpReply.Write(_reply.AsSpan(VirtioHeader.Size), packet, error, _settings);
        if (length > 0 && _limiter.TryTake() && DescriptorIo.Write(tun, _reply.AsSpan(0, VirtioHeader.Size + length)).Ok)
            _counters.IcmpErrorSent();
    }
}

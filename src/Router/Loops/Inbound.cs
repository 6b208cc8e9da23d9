using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// The way from the peers to this host's containers, in this order: receive a batch of datagrams, validate each, take a hop off,
/// write it to the TUN queue. One thread runs it and owns all of it.
/// </summary>
internal sealed class Inbound : IDisposable
{
    private const int BatchSize = 64;

    // Any UDP datagram fits, so that what is too long is counted as that and never handed on with its end missing.
    private const int BufferSize = 65536;

    private readonly RouterSettings _settings;
    private readonly CurrentRoutes _routes;
    private readonly Counters _counters;
    private readonly IcmpLimiter _icmpLimiter;
    private readonly byte[] _icmpReply = new byte[IcmpReply.MaximumLength];
    private readonly DatagramVector _datagrams = new(BatchSize, BufferSize);

    public Inbound(RouterSettings settings, CurrentRoutes routes, Counters counters)
    {
        _settings = settings;
        _routes = routes;
        _counters = counters;
        _icmpLimiter = new IcmpLimiter(settings.Time);
    }

    /// <summary>One turn: what the socket holds, up to a batch.</summary>
    /// <param name="tun">The TUN queue.</param>
    /// <param name="socket">The UDP socket.</param>
    public LoopResult RunOnce(int tun, int socket)
    {
        SysResult received = _datagrams.Receive(socket);
        if (received.IsTransient)
            return LoopResult.Idle;

        if (!received.Ok)
        {
            _counters.ReceiveFailed();
            return LoopResult.Failing;
        }

        for (int i = 0; i < received.Value; i++)
        {
            if (_datagrams.IsTruncated(i))
                _counters.Dropped(DropReason.Truncated);
            else if (!Forward(tun, socket, _datagrams.Received(i)))
                return LoopResult.DeviceGone;
        }

        return received.Value == BatchSize ? LoopResult.Busy : LoopResult.Idle;
    }

    public void Dispose() => _datagrams.Dispose();

    /// <returns>Whether the device is still there.</returns>
    private bool Forward(int tun, int socket, Span<byte> bytes)
    {
        DropReason problem = PacketView.TryParse(bytes, out PacketView packet);
        if (problem == DropReason.None && !packet.HasValidChecksum)
            problem = DropReason.BadChecksum;
        else if (problem == DropReason.None && packet.Source == _settings.TunAddress)
            problem = DropReason.OwnSource;

        if (problem != DropReason.None)
            _counters.Dropped(problem);
        else if (bytes.Length > _settings.Mtu)
            Reject(socket, packet, DropReason.TooLong, packet.DoNotFragment ? IcmpError.FragmentationNeeded(_settings.Mtu) : null);
        else if (packet.TimeToLive <= 1)
            Reject(socket, packet, DropReason.TimeExceeded, IcmpError.TimeExceeded);
        else
        {
            packet.DecrementTimeToLive();
            return Write(tun, bytes);
        }

        return true;
    }

    private bool Write(int tun, Span<byte> bytes)
    {
        SysResult written = DescriptorIo.Write(tun, bytes);
        if (written.Ok)
            _counters.Forwarded(bytes.Length);
        else
            _counters.Dropped(DropReason.WriteFailed);

        return !TunErrors.MeansGone(written.Errno);
    }

    /// <summary>Drops a packet and tells its source, which lies behind a peer; one that lies behind none is not told.</summary>
    private void Reject(int socket, PacketView packet, DropReason reason, IcmpError? error)
    {
        _counters.Dropped(reason);
        if (error is null || !_routes.Table.TryFind(packet.Source, out Ipv4Endpoint nextHop))
            return;

        int length = IcmpReply.Write(_icmpReply, packet, error.Value, _settings.TunAddress);
        if (length > 0 && _icmpLimiter.TryTake() && UdpSocket.SendTo(socket, _icmpReply.AsSpan(0, length), nextHop).Ok)
            _counters.IcmpErrorSent();
    }
}

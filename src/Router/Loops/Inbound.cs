using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// The way from the peers to this host's containers, in this order: receive a batch of messages, take each apart into datagrams,
/// validate, take a hop off, coalesce, write to the TUN queue. One thread runs it and owns all of it.
/// </summary>
internal sealed class Inbound : IDisposable
{
    private const int BatchSize = 64;

    // Any datagram and any bundle fits, so that what is too long is counted as that and never handed on with its end missing.
    private const int BufferSize = 65536;

    private readonly RouterSettings _settings;
    private readonly CurrentRoutes _routes;
    private readonly Counters _counters;
    private readonly IcmpLimiter _icmpLimiter;
    private readonly byte[] _icmpReply = new byte[IcmpReply.MaximumLength];
    private readonly ReceiveVector _messages = new(BatchSize, BufferSize);
    private readonly Coalescer _coalescer;

    public Inbound(RouterSettings settings, CurrentRoutes routes, Counters counters)
    {
        _settings = settings;
        _routes = routes;
        _counters = counters;
        _icmpLimiter = new IcmpLimiter(settings.Time);
        _coalescer = new Coalescer(_messages.Memory, settings, counters);
    }

    /// <summary>One turn: what the socket holds, up to a batch.</summary>
    public LoopResult RunOnce(LoopDescriptors on)
    {
        SysResult received = _messages.Receive(on.Socket, BatchSize);
        if (received.IsTransient)
            return LoopResult.Idle;

        if (!received.Ok)
        {
            _counters.ReceiveFailed();
            return LoopResult.Failing;
        }

        for (int i = 0; i < received.Value; i++)
        {
            if (_messages.IsTruncated(i))
                _counters.Dropped(DropReason.Truncated);
            else
                TakeApart(on, _messages.Offset(i), _messages.Length(i), _messages.SegmentSize(i));
        }

        _coalescer.Flush(on.Tun);
        if (_coalescer.IsDeviceGone)
            return LoopResult.DeviceGone;

        return received.Value == BatchSize ? LoopResult.Busy : LoopResult.Idle;
    }

    public void Dispose()
    {
        _coalescer.Dispose();
        _messages.Dispose();
    }

    private void TakeApart(LoopDescriptors on, int offset, int length, int segmentSize)
    {
        Span<byte> message = _messages.Memory.Span.Slice(offset, length);
        int step = segmentSize > 0 ? segmentSize : Math.Max(length, 1);
        do
        {
            Span<byte> datagram = message[..Math.Min(step, message.Length)];
            Forward(on, datagram, offset);
            message = message[datagram.Length..];
            offset += datagram.Length;
        }
        while (!message.IsEmpty);
    }

    private void Forward(LoopDescriptors on, Span<byte> bytes, int offset)
    {
        DropReason problem = PacketView.TryParse(bytes, _settings.CarriesIpv6, out PacketView packet);
        if (problem == DropReason.None && !packet.HasValidChecksum)
            problem = DropReason.BadChecksum;
        else if (problem == DropReason.None && _settings.IsFromHere(packet))
            problem = DropReason.OwnSource;

        if (problem != DropReason.None)
            _counters.Dropped(problem);
        else if (bytes.Length > _settings.Mtu)
            Reject(on, packet, DropReason.TooLong, packet.DoNotFragment ? IcmpError.FragmentationNeeded(_settings.Mtu) : null);
        else if (packet.TimeToLive <= 1)
            Reject(on, packet, DropReason.TimeExceeded, IcmpError.TimeExceeded);
        else
        {
            packet.DecrementTimeToLive();
            _coalescer.Take(on.Tun, packet, offset);
        }
    }

    /// <summary>Drops a packet and tells its source, which lies behind a peer; one that lies behind none is not told.</summary>
    private void Reject(LoopDescriptors on, PacketView packet, DropReason reason, IcmpError? error)
    {
        _counters.Dropped(reason);
        if (error is null || !_routes.Table.TryFindSource(packet, out Ipv4Endpoint nextHop))
            return;

        int length = IcmpReply.Write(_icmpReply, packet, error.Value, _settings);
        if (length > 0 && _icmpLimiter.TryTake() && UdpSocket.SendTo(on.Socket, _icmpReply.AsSpan(0, length), nextHop).Ok)
            _counters.IcmpErrorSent();
    }
}

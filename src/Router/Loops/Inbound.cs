using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// The way from the peers to this host's containers, in this order: receive a batch of messages, look who sent each, take it apart
/// into datagrams, validate, take a hop off, coalesce, write to the TUN queue. One thread runs it and owns all of it.
/// </summary>
internal sealed class Inbound : IDisposable
{
    private const int BatchSize = 64;

    // Any datagram and any bundle fits, so that what is too long is counted as that and never handed on with its end missing.
    private const int BufferSize = 65536;

    private readonly RouterSettings _settings;
    private readonly PeerRules? _rules;
    private readonly CurrentRoutes _routes;
    private readonly Counters _counters;
    private readonly IcmpLimiter _icmpLimiter;
    private readonly byte[] _icmpReply = new byte[IcmpReply.MaximumLength];
    private readonly ReceiveVector _messages = new(BatchSize, BufferSize);
    private readonly Coalescer _coalescer;

    public Inbound(RouterSettings settings, CurrentRoutes routes, Counters counters)
    {
        _settings = settings;
        _rules = settings.Peers;
        _routes = routes;
        _counters = counters;
        _icmpLimiter = new IcmpLimiter(settings.Time);
        _coalescer = new Coalescer(_messages.Memory, settings, counters);
    }

    /// <summary>Who sent what was dropped.</summary>
    public DropSources DropSources { get; } = new();

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

        RouteTable routes = _routes.Table;
        for (int i = 0; i < received.Value; i++)
            Take(on, routes, i);

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

    private void Take(LoopDescriptors on, RouteTable routes, int index)
    {
        Ipv4Endpoint source = _messages.Source(index);
        int length = _messages.Length(index);
        int segmentSize = _messages.SegmentSize(index);
        DropReason refusal = _rules?.Examine(routes, source) ?? DropReason.None;
        if (refusal != DropReason.None)
            Drop(refusal, source, segmentSize > 0 ? (length + segmentSize - 1) / segmentSize : 1);
        else if (_messages.IsTruncated(index))
            Drop(DropReason.Truncated, source);
        else
            TakeApart(on, routes, source, _messages.Offset(index), length, segmentSize);
    }

    private void TakeApart(LoopDescriptors on, RouteTable routes, Ipv4Endpoint source, int offset, int length, int segmentSize)
    {
        Span<byte> message = _messages.Memory.Span.Slice(offset, length);
        int step = segmentSize > 0 ? segmentSize : Math.Max(length, 1);
        do
        {
            Span<byte> datagram = message[..Math.Min(step, message.Length)];
            Forward(on, routes, source, datagram, offset);
            message = message[datagram.Length..];
            offset += datagram.Length;
        }
        while (!message.IsEmpty);
    }

    private void Forward(LoopDescriptors on, RouteTable routes, Ipv4Endpoint source, Span<byte> bytes, int offset)
    {
        DropReason problem = Examine(routes, source, bytes, out PacketView packet);
        if (problem != DropReason.None)
            Drop(problem, source);

        if (problem == DropReason.TooLong && packet.DoNotFragment)
            Answer(on, routes, packet, IcmpError.FragmentationNeeded(_settings.Mtu));
        else if (problem == DropReason.TimeExceeded)
            Answer(on, routes, packet, IcmpError.TimeExceeded);
        else if (problem == DropReason.None)
        {
            packet.DecrementTimeToLive();
            _coalescer.Take(on.Tun, packet, offset);
        }
    }

    private DropReason Examine(RouteTable routes, Ipv4Endpoint source, Span<byte> bytes, out PacketView packet)
    {
        DropReason problem = PacketView.TryParse(bytes, _settings.CarriesIpv6, out packet);
        if (problem != DropReason.None)
            return problem;

        if (!packet.HasValidChecksum)
            return DropReason.BadChecksum;

        if (_settings.IsFromHere(packet))
            return DropReason.OwnSource;

        problem = _rules?.Examine(routes, source, packet) ?? DropReason.None;
        if (problem != DropReason.None)
            return problem;

        if (bytes.Length > _settings.Mtu)
            return DropReason.TooLong;

        return packet.TimeToLive <= 1 ? DropReason.TimeExceeded : DropReason.None;
    }

    private void Drop(DropReason reason, Ipv4Endpoint source, int packets = 1)
    {
        _counters.Dropped(reason, packets);
        DropSources.Add(source.Address, reason, packets);
    }

    /// <summary>Tells a packet's source, which lies behind a peer; one that lies behind none is not told.</summary>
    private void Answer(LoopDescriptors on, RouteTable routes, PacketView packet, IcmpError error)
    {
        if (!routes.TryFindSource(packet, out Ipv4Endpoint nextHop))
            return;

        int length = IcmpReply.Write(_icmpReply, packet, error, _settings);
        if (length > 0 && _icmpLimiter.TryTake() && UdpSocket.SendTo(on.Socket, _icmpReply.AsSpan(0, length), nextHop).Ok)
            _counters.IcmpErrorSent();
    }
}

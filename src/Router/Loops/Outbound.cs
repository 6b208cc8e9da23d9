using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// The way from this host's containers to the peers, in this order: read from the TUN queue, parse, look the destination up,
/// take a hop off, collect into a batch, send. One thread runs it and owns all of it.
/// </summary>
internal sealed class Outbound : IDisposable
{
    private const int BatchSize = 64;

    // Longer than any MTU: a device whose MTU was raised behind our back must show as packets too long, not as cut-off ones.
    private const int BufferSize = 65536;

    private readonly RouterSettings _settings;
    private readonly CurrentRoutes _routes;
    private readonly Counters _counters;
    private readonly IcmpLimiter _icmpLimiter;
    private readonly byte[] _icmpReply = new byte[IcmpReply.MaximumLength];
    private readonly SendBatch _batch;

    public Outbound(RouterSettings settings, CurrentRoutes routes, Counters counters)
    {
        _settings = settings;
        _routes = routes;
        _counters = counters;
        _icmpLimiter = new IcmpLimiter(settings.Time);
        _batch = new SendBatch(BatchSize, BufferSize, counters);
    }

    /// <summary>One turn: what the queue holds, up to a batch.</summary>
    /// <param name="tun">The TUN queue.</param>
    /// <param name="socket">The UDP socket.</param>
    /// <param name="wake">The event that ends a wait for room in the socket.</param>
    public LoopResult RunOnce(int tun, int socket, int wake)
    {
        LoopResult reading = ReadBatch(tun);
        return Flush(tun, socket, wake) ? reading : LoopResult.Stopped;
    }

    public void Dispose() => _batch.Dispose();

    private LoopResult ReadBatch(int tun)
    {
        RouteTable routes = _routes.Table;
        while (!_batch.IsFull)
        {
            Span<byte> buffer = _batch.FreeBuffer;
            SysResult read = DescriptorIo.Read(tun, buffer);
            if (read.Ok)
                Forward(tun, buffer[..read.Value], routes);
            else if (read.IsTransient)
                return LoopResult.Idle;
            else if (TunErrors.MeansGone(read.Errno))
                return LoopResult.DeviceGone;
            else
            {
                _counters.ReceiveFailed();
                return LoopResult.Failing;
            }
        }

        return LoopResult.Busy;
    }

    private void Forward(int tun, Span<byte> bytes, RouteTable routes)
    {
        DropReason problem = PacketView.TryParse(bytes, out PacketView packet);
        if (problem != DropReason.None)
            _counters.Dropped(problem);
        else if (!routes.TryFind(packet.Destination, out Ipv4Endpoint nextHop))
            Reject(tun, packet, DropReason.NoRoute, IcmpError.NetUnreachable);
        else if (packet.TimeToLive <= 1)
            Reject(tun, packet, DropReason.TimeExceeded, IcmpError.TimeExceeded);
        else if (bytes.Length > _settings.Mtu)
            RejectTooLong(tun, packet, _settings.Mtu);
        else
        {
            packet.DecrementTimeToLive();
            _batch.Commit(bytes.Length, nextHop);
        }
    }

    /// <summary>Sends the batch, waiting for room where need be.</summary>
    /// <returns>Whether to go on; false when the router was told to stop meanwhile.</returns>
    private bool Flush(int tun, int socket, int wake)
    {
        while (!_batch.IsEmpty)
        {
            Span<byte> head = _batch.HeadPacket;
            SysResult sent = _batch.TrySend(socket);
            if (sent.Errno == Errno.EAGAIN)
            {
                if (DescriptorIo.WaitWritable(socket, wake) == WaitResult.Woken)
                    return false;
            }
            else if (!sent.Ok && sent.Errno != Errno.EINTR)
            {
                RejectUnsent(tun, head, sent.Errno);
                _batch.DropHead();
            }
        }

        return true;
    }

    private void RejectUnsent(int tun, Span<byte> bytes, int errno)
    {
        if (errno == Errno.EMSGSIZE && PacketView.TryParse(bytes, out PacketView packet) == DropReason.None)
            RejectTooLong(tun, packet, _settings.Mtu);
        else
            _counters.Dropped(DropReason.SendFailed);
    }

    private void RejectTooLong(int tun, PacketView packet, int mtu)
    {
        if (packet.DoNotFragment)
            Reject(tun, packet, DropReason.TooLong, IcmpError.FragmentationNeeded(mtu));
        else
            _counters.Dropped(DropReason.TooLong);
    }

    /// <summary>Drops a packet and tells its source, which lies behind the TUN device.</summary>
    private void Reject(int tun, PacketView packet, DropReason reason, IcmpError error)
    {
        _counters.Dropped(reason);
        int length = IcmpReply.Write(_icmpReply, packet, error, _settings.TunAddress);
        if (length > 0 && _icmpLimiter.TryTake() && DescriptorIo.Write(tun, _icmpReply.AsSpan(0, length)).Ok)
            _counters.IcmpErrorSent();
    }
}

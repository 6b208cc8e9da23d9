using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// The way from this host's containers to the peers, in this order: read from the TUN queue, parse, look the destination up,
/// take a hop off, segment, gather into runs, send. One thread runs it and owns all of it.
/// </summary>
internal sealed class Outbound : IDisposable
{
    // A turn ends here at the latest, so that a stop is seen and a fresh route table taken.
    private const int MaximumReads = 256;

    // Beyond this there is nothing to gain from larger batches, and the CPU's caches no longer hold them.
    private const int EnoughBytes = 128 << 10;

    // Longer than any MTU: a device whose MTU was raised behind our back must show as packets too long, not as cut-off ones.
    private const int BufferSize = VirtioHeader.Size + 65536;

    private readonly RouterSettings _settings;
    private readonly CurrentRoutes _routes;
    private readonly Counters _counters;
    private readonly SegmentationRefusals _refusals = new();
    private readonly NativeBuffer _buffer = new(BufferSize);
    private readonly TunReply _reply;
    private readonly SendBatch _batch;

    private const int NoWake = -1;
    private const int LastSendMilliseconds = 100;

    // What a datagram holds bounds it too: over a loopback of 65536 bytes the overlay's MTU is one byte beyond that.
    private readonly int _mtu;

    // Of a bundle that was just refused, until its first packet shows whether it was for being one; 0 when there is none.
    private int _suspectedErrno;

    public Outbound(RouterSettings settings, CurrentRoutes routes, Counters counters)
    {
        _settings = settings;
        _routes = routes;
        _counters = counters;
        _mtu = Math.Min(settings.Mtu, SendRun.MaximumBytes);
        _reply = new TunReply(settings, counters);
        _batch = new SendBatch(settings.Offloads.Gso, _refusals, counters);
    }

    /// <summary>One turn: what the queue holds, up to a batch.</summary>
    public LoopResult RunOnce(LoopDescriptors on)
    {
        LoopResult reading = ReadBatch(on);
        return reading == LoopResult.Stopped || Flush(on) ? reading : LoopResult.Stopped;
    }

    public void Dispose()
    {
        _batch.Dispose();
        _buffer.Dispose();
    }

    private LoopResult ReadBatch(LoopDescriptors on)
    {
        RouteTable routes = _routes.Table;
        Span<byte> buffer = _buffer.Span;
        for (int i = 0; i < MaximumReads && _batch.PendingBytes < EnoughBytes; i++)
        {
            SysResult read = DescriptorIo.Read(on.Tun, buffer);
            if (read.Ok)
            {
                if (!Forward(on, buffer[..read.Value], routes))
                    return LoopResult.Stopped;
            }
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

    /// <returns>Whether to go on; false when the router was told to stop meanwhile.</returns>
    private bool Forward(LoopDescriptors on, Span<byte> bytes, RouteTable routes)
    {
        DropReason problem = DropReason.Truncated;
        PacketView packet = default;
        if (bytes.Length > VirtioHeader.Size)
            problem = PacketView.TryParse(bytes[VirtioHeader.Size..], _settings.CarriesIpv6, out packet);

        if (problem != DropReason.None)
        {
            _counters.Dropped(problem);
            return true;
        }

        var header = VirtioHeader.Read(bytes);
        if (!routes.TryFindDestination(packet, out Ipv4Endpoint nextHop))
            _reply.Reject(on.Tun, packet, SuperPacket.Segments(packet, header), DropReason.NoRoute, IcmpError.NetUnreachable);
        else if (packet.TimeToLive <= 1)
            _reply.Reject(on.Tun, packet, SuperPacket.Segments(packet, header), DropReason.TimeExceeded, IcmpError.TimeExceeded);
        else
        {
            return header.Type == SegmentationType.None
                ? Append(on, packet, header, nextHop)
                : AppendSegments(on, packet, header, nextHop);
        }

        return true;
    }

    private bool Append(LoopDescriptors on, PacketView packet, VirtioHeader header, Ipv4Endpoint nextHop)
    {
        if (packet.Bytes.Length > _mtu)
        {
            _reply.RejectTooLong(on.Tun, packet, segments: 1, _mtu);
            return true;
        }

        if (!PartialChecksum.TryComplete(packet.Bytes, header))
        {
            _counters.Dropped(DropReason.Malformed);
            return true;
        }

        if (Reserve(on, packet.Bytes.Length, 1, nextHop, out Span<byte> room) == 0)
            return false;

        packet.DecrementTimeToLive();
        packet.Bytes.CopyTo(room);
        _batch.Commit(room.Length, 1);
        return true;
    }

    private bool AppendSegments(LoopDescriptors on, PacketView packet, VirtioHeader header, Ipv4Endpoint nextHop)
    {
        DropReason problem = SuperPacket.TryParse(packet, header, out SuperPacket super);
        if (problem != DropReason.None)
        {
            _counters.Dropped(problem);
            return true;
        }

        if (super.LengthOf(0) > _mtu)
        {
            _reply.RejectTooLong(on.Tun, packet, super.Count, _mtu);
            return true;
        }

        packet.DecrementTimeToLive();
        int whole = super.WholeCount;
        for (int i = 0; i < super.Count;)
        {
            // All segments are of one length, but for a shorter last one.
            int length = super.LengthOf(i);
            int count = Reserve(on, length, i < whole ? whole - i : 1, nextHop, out Span<byte> room);
            if (count == 0)
                return false;

            for (int k = 0; k < count; k++)
                super.Write(i + k, room.Slice(k * length, length));

            _batch.Commit(length, count);
            i += count;
        }

        return true;
    }

    /// <returns>How many fit; 0 when the router was told to stop meanwhile.</returns>
    private int Reserve(LoopDescriptors on, int length, int count, Ipv4Endpoint nextHop, out Span<byte> room)
    {
        int fitting = _batch.Reserve(length, count, nextHop, out room);
        return fitting == 0 && Flush(on) ? _batch.Reserve(length, count, nextHop, out room) : fitting;
    }

    /// <summary>Sends the batch, waiting for room where need be.</summary>
    /// <returns>Whether to go on; false when the router was told to stop meanwhile.</returns>
    private bool Flush(LoopDescriptors on)
    {
        while (!_batch.IsEmpty)
        {
            Ipv4Endpoint nextHop = _batch.HeadNextHop;
            SysResult sent = _batch.TrySend(on.Socket);
            if (sent.Ok)
                StepDownIfSuspected(nextHop);
            else if (sent.Errno == Errno.EAGAIN)
            {
                // What was read is sent before the loop ends, where the socket can: another daemon may carry on behind it.
                if (DescriptorIo.WaitWritable(on.Socket, on.Wake) == WaitResult.Woken
                    && DescriptorIo.WaitWritable(on.Socket, NoWake, LastSendMilliseconds) == WaitResult.TimedOut)
                {
                    return false;
                }
            }
            else if (sent.Errno != Errno.EINTR)
                HandleRefusal(on, sent.Errno);
        }

        return true;
    }

    private void HandleRefusal(LoopDescriptors on, int errno)
    {
        _suspectedErrno = 0;
        if (_batch.IsHeadBundle && errno is Errno.EIO or Errno.EINVAL or Errno.EMSGSIZE)
        {
            _suspectedErrno = errno;
            _batch.SeparateHead();
        }
        else if (errno == Errno.EMSGSIZE)
            SendThroughNarrowPath(on);
        else
        {
            _counters.Dropped(DropReason.SendFailed);
            _batch.RemoveHeadPacket(forwarded: false);
        }
    }

    /// <summary>
    /// A bundle was refused and its first packet was not. So the path cannot cut bundles up; other reasons, that the packets do not
    /// fit the path or that this host has lost its address for a moment, would have met the packet as well.
    /// </summary>
    private void StepDownIfSuspected(Ipv4Endpoint nextHop)
    {
        if (_suspectedErrno == 0)
            return;

        _refusals.Add(nextHop);
        _settings.SteppedDown(
            new StepDown(nameof(Offloads.Gso), _refusals.IsEverywhere ? null : nextHop, _suspectedErrno));
        _suspectedErrno = 0;
    }

    /// <summary>
    /// The path takes less than the overlay's MTU: the source is told, so that it sends less from now on, and this packet goes in
    /// fragments of its datagram, so that it is not lost even where the source never listens.
    /// </summary>
    private void SendThroughNarrowPath(LoopDescriptors on)
    {
        Span<byte> bytes = _batch.HeadPacket;
        if (PacketView.TryParse(bytes, _settings.CarriesIpv6, out PacketView packet) == DropReason.None)
            _reply.TellPathTooNarrow(on.Tun, packet, _batch.HeadNextHop);

        bool sent = UdpSocket.SendFragmented(on.Socket, bytes, _batch.HeadNextHop).Ok;
        if (sent)
            _counters.FragmentedOutside();
        else
            _counters.Dropped(DropReason.SendFailed);

        _batch.RemoveHeadPacket(forwarded: sent);
    }
}

using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// The last step on the way in: packets that follow each other in a flow are written into the TUN queue as one super-packet, all
/// others as they came, and none overtakes another of its flow. Nothing is kept from one batch to the next.
/// </summary>
internal sealed class Coalescer : IDisposable
{
    private const int MaximumFlows = 8;

    private readonly RouterSettings _settings;
    private readonly Counters _counters;
    private readonly GatherVector _single;

    // The first _open are in use, in the order in which they began.
    private readonly FlowBundle[] _bundles = new FlowBundle[MaximumFlows];
    private int _open;
    private bool _joinsTcp;
    private bool _joinsUdp;

    /// <summary>Makes a coalescer.</summary>
    /// <param name="memory">Where packets are received; must outlive this object.</param>
    /// <param name="settings">What does not change.</param>
    /// <param name="counters">Where written packets are counted.</param>
    public Coalescer(NativeBuffer memory, RouterSettings settings, Counters counters)
    {
        _settings = settings;
        _counters = counters;
        _joinsTcp = settings.Offloads.TcpCoalescing;
        _joinsUdp = settings.Offloads.UdpCoalescing;
        _single = new GatherVector(memory, VirtioHeader.Size, 1);
        for (int i = 0; i < MaximumFlows; i++)
            _bundles[i] = new FlowBundle(memory);
    }

    /// <summary>Whether a write found that the device is gone.</summary>
    public bool IsDeviceGone { get; private set; }

    /// <summary>Takes a packet, to be written now or with <see cref="Flush"/>.</summary>
    /// <param name="tun">The TUN queue.</param>
    /// <param name="packet">A valid packet; must stay where it is until the flush.</param>
    /// <param name="offset">Where in the memory it lies.</param>
    public void Take(int tun, PacketView packet, int offset)
    {
        if (!FlowPacket.TryParse(packet, out FlowPacket flowPacket))
        {
            // It may belong to any flow, as a fragment does.
            Flush(tun);
            _ = WriteOne(tun, offset, packet.Bytes.Length);
            return;
        }

        int index = Find(flowPacket);
        bool mayJoin = flowPacket.MayJoin && Joins(packet.Protocol);
        if (index >= 0)
        {
            if (mayJoin && _bundles[index].TryAdd(flowPacket, offset))
                return;

            Close(tun, index);
        }

        if (!mayJoin || !flowPacket.HasValidChecksum)
        {
            _ = WriteOne(tun, offset, packet.Bytes.Length);
            return;
        }

        if (_open == MaximumFlows)
            Close(tun, 0);

        _bundles[_open++].Start(flowPacket, offset);
    }

    /// <summary>Writes what is kept.</summary>
    public void Flush(int tun)
    {
        for (int i = 0; i < _open; i++)
            Write(tun, _bundles[i]);

        _open = 0;
    }

    public void Dispose()
    {
        _single.Dispose();
        foreach (FlowBundle bundle in _bundles)
            bundle.Dispose();
    }

    private bool Joins(byte protocol) => protocol == TransportView.Tcp ? _joinsTcp : _joinsUdp;

    private int Find(FlowPacket packet)
    {
        FlowKey key = packet.Key;
        for (int i = 0; i < _open; i++)
        {
            if (_bundles[i].IsOf(packet, key))
                return i;
        }

        return -1;
    }

    private void Close(int tun, int index)
    {
        FlowBundle bundle = _bundles[index];
        Write(tun, bundle);
        _open--;
        Array.Copy(_bundles, index + 1, _bundles, index, _open - index);
        _bundles[_open] = bundle;
    }

    private void Write(int tun, FlowBundle bundle)
    {
        SysResult written = default;
        if (bundle.Count > 1 && Joins(bundle.Key.Protocol))
        {
            written = bundle.Write(tun);
            if (written.Ok)
            {
                _counters.Forwarded(bundle.Count, bundle.Bytes);
                return;
            }
        }

        bool takesPackets = false;
        for (int i = 0; i < bundle.Count; i++)
            takesPackets |= WriteOne(tun, bundle.Offset(i), bundle.Packet(i).Length);

        // A device that is down takes nothing at all (EIO), which says nothing of super-packets.
        if (!written.Ok && takesPackets)
            StepDown(bundle, written.Errno);
    }

    private void StepDown(FlowBundle bundle, int errno)
    {
        if (errno is not (Errno.EINVAL or Errno.EIO or Errno.EMSGSIZE))
            return;

        bool isTcp = bundle.Key.Protocol == TransportView.Tcp;
        if (isTcp)
            _joinsTcp = false;
        else
            _joinsUdp = false;

        _settings.SteppedDown(new StepDown(
            isTcp ? nameof(Offloads.TcpCoalescing) : nameof(Offloads.UdpCoalescing), Peer: null, errno));
    }

    /// <returns>Whether the kernel took it.</returns>
    private bool WriteOne(int tun, int offset, int length)
    {
        _single.Clear();
        _single.Add(offset, length);
        SysResult written = _single.Write(tun, VirtioHeader.Size);
        if (written.Ok)
            _counters.Forwarded(1, length);
        else
            _counters.Dropped(DropReason.WriteFailed);

        IsDeviceGone |= TunErrors.MeansGone(written.Errno);
        return written.Ok;
    }
}

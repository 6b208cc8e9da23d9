using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>
/// The real loops between a socket pair in a TUN queue's place and real UDP sockets on loopback, turned by hand.
/// </summary>
internal sealed class LoopRig : IDisposable
{
    public const int Mtu = 1472;
    public static readonly Ipv4Address TunAddress = Ipv4Address.Parse("10.5.1.0");
    public static readonly Ipv6Address TunIpv6Address = Ipv6Address.Parse("fd05:0:0:1::");

    // Bursts of super-packets wait here until the test reads them.
    private const int TunBuffer = 16 << 20;

    private readonly TunQueue _tun;
    private readonly TunQueue _kernel;
    private readonly UdpSocket _socket;
    private readonly TestPeer _peer;
    private readonly WakeEvent _wake = WakeEvent.Create();

    private readonly List<StepDown> _stepDowns = [];

    /// <summary>Makes it.</summary>
    /// <param name="offloads">What the router uses; null for all.</param>
    /// <param name="mtu">The overlay's.</param>
    /// <param name="address">The router's on the outside; null for the usual of loopback.</param>
    /// <param name="peerReceivesBundles">Whether the peer receives bundles, and those only.</param>
    /// <param name="carriesIpv6">Whether the network is dual-stack, as the peer is then.</param>
    /// <param name="rules">Whose datagrams the router takes; null for anybody's.</param>
    public LoopRig(
        Offloads? offloads = null,
        int mtu = Mtu,
        Ipv4Address? address = null,
        bool peerReceivesBundles = false,
        bool carriesIpv6 = false,
        PeerRules? rules = null)
    {
        offloads ??= Offloads.All;
        _socket = UdpSocket.Bind(address is null ? TestPeer.AnyLoopbackPort : new Ipv4Endpoint(address.Value, 0));
        _peer = new TestPeer(peerReceivesBundles);
        (_tun, _kernel) = TunQueue.CreatePair(TunBuffer);
        _ = _socket.SetBuffers(TestPeer.Buffer);
        if (offloads.Gro)
            Assert.True(_socket.TryReceiveBundles().Ok);

        var settings = new RouterSettings(
            TunAddress, mtu, offloads, TimeProvider.System, _stepDowns.Add, carriesIpv6 ? TunIpv6Address : null, rules);
        Settings = settings;
        Outbound = new Outbound(settings, Routes, Out);
        Inbound = new Inbound(settings, Routes, In);
        Routes.Table = new RouteTable(
            [new Route(Ipv4Prefix.Parse("10.5.2.0/24"), PeerEndpoint)],
            carriesIpv6 ? [new Ipv6PeerRoute(Ipv6Prefix.Parse("fd05:0:0:2::/64"), PeerEndpoint)] : null);
    }

    public RouterSettings Settings { get; }

    public IReadOnlyList<StepDown> StepDowns => _stepDowns;

    public CurrentRoutes Routes { get; } = new();

    public Counters Out { get; } = new();

    public Counters In { get; } = new();

    public Outbound Outbound { get; }

    public Inbound Inbound { get; }

    public TestPeer Peer => _peer;

    public Ipv4Endpoint PeerEndpoint => _peer.Endpoint;

    public TunQueue Tun => _tun;

    public UdpSocket Socket => _socket;

    /// <summary>Hands the router a packet, or with a header that says so a super-packet.</summary>
    public void SendAsKernel(ReadOnlySpan<byte> packet, VirtioHeader header = default)
    {
        byte[] framed = new byte[VirtioHeader.Size + packet.Length];
        header.Write(framed);
        packet.CopyTo(framed.AsSpan(VirtioHeader.Size));
        Assert.True(DescriptorIo.Write(RawDescriptor.Of(_kernel), framed).Ok);
    }

    /// <summary>Hands the router a packet as the kernel does that leaves checksum and segments to the device.</summary>
    public void SendAsKernel(TransportPacket packet, int segmentSize) =>
        SendAsKernel(packet.BuildPartial(), packet.Header(segmentSize));

    /// <summary>What the router wrote as a plain packet, or null.</summary>
    public byte[]? ReceiveAsKernel()
    {
        if (ReceiveFramed() is not var (header, packet))
            return null;

        Assert.Equal(default, header);
        return packet;
    }

    /// <summary>What the router wrote with what it said about it, or null.</summary>
    public (VirtioHeader Header, byte[] Packet)? ReceiveFramed() => RawDescriptor.Read(_kernel) is { } framed
        ? (VirtioHeader.Read(framed), framed[VirtioHeader.Size..])
        : null;

    /// <summary>All that the router wrote, each super-packet cut up as the kernel would.</summary>
    public List<byte[]> ReceiveAllAsKernel()
    {
        List<byte[]> packets = [];
        while (ReceiveFramed() is var (header, packet))
            packets.AddRange(header == default ? [packet] : NaiveSegmenter.Cut(packet, header.SegmentSize));

        return packets;
    }

    public void SendAsPeer(ReadOnlySpan<byte> datagram) => _peer.Send(datagram, _socket.LocalEndpoint);

    /// <summary>Sends one bundle, which the router's socket receives whole where it takes bundles.</summary>
    public void SendBundleAsPeer(ReadOnlySpan<byte> datagrams, int segmentSize) =>
        _peer.SendBundle(datagrams, segmentSize, _socket.LocalEndpoint);

    public byte[]? ReceiveAsPeer() => _peer.Receive();

    /// <summary>Forgets what the router wrote and sent.</summary>
    public void Drain()
    {
        while (RawDescriptor.Read(_kernel) is not null || _peer.Receive(patience: 0) is not null)
        {
        }
    }

    public LoopResult TurnOutbound() => Outbound.RunOnce(On);

    public LoopResult TurnInbound() => Inbound.RunOnce(On);

    private LoopDescriptors On => new(RawDescriptor.Of(_tun), RawDescriptor.Of(_socket), RawDescriptor.Of(_wake));

    public void CloseKernelSide() => _kernel.Dispose();

    public void Dispose()
    {
        Outbound.Dispose();
        Inbound.Dispose();
        _tun.Dispose();
        _kernel.Dispose();
        _socket.Dispose();
        _peer.Dispose();
        _wake.Dispose();
    }
}

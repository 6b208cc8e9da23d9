using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>
/// The real loops between a socket pair in a TUN queue's place and real UDP sockets on loopback, turned by hand.
/// </summary>
internal sealed class LoopRig : IDisposable
{
    public const int Mtu = 1472;
    public static readonly Ipv4Address TunAddress = Ipv4Address.Parse("10.5.1.0");

    private static readonly Ipv4Endpoint AnyLoopbackPort = new(Ipv4Address.Parse("127.0.0.1"), 0);

    private readonly TunQueue _tun;
    private readonly TunQueue _kernel;
    private readonly UdpSocket _socket = UdpSocket.Bind(AnyLoopbackPort);
    private readonly UdpSocket _peer = UdpSocket.Bind(AnyLoopbackPort);
    private readonly WakeEvent _wake = WakeEvent.Create();

    private readonly List<StepDown> _stepDowns = [];

    public LoopRig(Offloads? offloads = null)
    {
        (_tun, _kernel) = TunQueue.CreatePair();
        var settings = new RouterSettings(TunAddress, Mtu, offloads ?? Offloads.All, TimeProvider.System, _stepDowns.Add);
        Settings = settings;
        Outbound = new Outbound(settings, Routes, Out);
        Inbound = new Inbound(settings, Routes, In);
        Routes.Table = new RouteTable([new Route(Ipv4Prefix.Parse("10.5.2.0/24"), PeerEndpoint)]);
    }

    public RouterSettings Settings { get; }

    public IReadOnlyList<StepDown> StepDowns => _stepDowns;

    public CurrentRoutes Routes { get; } = new();

    public Counters Out { get; } = new();

    public Counters In { get; } = new();

    public Outbound Outbound { get; }

    public Inbound Inbound { get; }

    public Ipv4Endpoint PeerEndpoint => _peer.LocalEndpoint;

    public TunQueue Tun => _tun;

    public UdpSocket Socket => _socket;

    /// <summary>Hands the router a packet, or with a header that says so a super-packet.</summary>
    public void SendAsKernel(ReadOnlySpan<byte> packet, VirtioHeader header = default)
    {
        byte[] framed = new byte[VirtioHeader.Size + packet.Length];
        header.Write(framed);
        packet.CopyTo(framed.AsSpan(VirtioHeader.Size));
        Assert.True(DescriptorIo.Write(Number(_kernel), framed).Ok);
    }

    /// <summary>What the router wrote as a plain packet, or null.</summary>
    public byte[]? ReceiveAsKernel()
    {
        if (ReceiveFramed() is not var (header, packet))
            return null;

        Assert.Equal(default, header);
        return packet;
    }

    /// <summary>What the router wrote with what it said about it, or null.</summary>
    public (VirtioHeader Header, byte[] Packet)? ReceiveFramed() =>
        Receive(_kernel) is { } framed ? (VirtioHeader.Read(framed), framed[VirtioHeader.Size..]) : null;

    public void SendAsPeer(ReadOnlySpan<byte> datagram) =>
        Assert.True(UdpSocket.SendTo(Number(_peer), datagram, _socket.LocalEndpoint).Ok);

    public byte[]? ReceiveAsPeer() => Receive(_peer);

    public LoopResult TurnOutbound() => Outbound.RunOnce(On);

    public LoopResult TurnInbound() => Inbound.RunOnce(On);

    private LoopDescriptors On => new(Number(_tun), Number(_socket), Number(_wake));

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

    private static byte[]? Receive(Descriptor from)
    {
        byte[] buffer = new byte[65536];
        SysResult read = DescriptorIo.Read(Number(from), buffer);
        return read.Ok ? buffer[..read.Value] : null;
    }

    // The rig outlives each call that uses the number.
    private static int Number(Descriptor descriptor)
    {
        using BorrowedDescriptor loan = descriptor.Borrow();
        return loan.Number;
    }
}

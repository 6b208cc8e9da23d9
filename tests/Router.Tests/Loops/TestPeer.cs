using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>A peer's socket on loopback. It sends bundles as a peer does, and receives single datagrams or bundles.</summary>
internal sealed class TestPeer : IDisposable
{
    /// <summary>Bytes of kernel buffers, so that bursts wait until the test reads them.</summary>
    public const int Buffer = 16 << 20;

    // Milliseconds. A datagram over loopback is there at once, but for a processor that had better to do.
    private const int Patience = 20;

    private readonly UdpSocket _socket = UdpSocket.Bind(AnyLoopbackPort);
    private readonly WakeEvent _never = WakeEvent.Create();
    private readonly SendVector _send = new(1, 65536);
    private readonly ReceiveVector? _bundles;

    public TestPeer(bool receivesBundles = false)
    {
        _ = _socket.SetBuffers(Buffer);
        if (!receivesBundles)
            return;

        Assert.True(_socket.TryReceiveBundles().Ok);
        _bundles = new ReceiveVector(1, 65536);
    }

    public static Ipv4Endpoint AnyLoopbackPort => new(Ipv4Address.Parse("127.0.0.1"), 0);

    public Ipv4Endpoint Endpoint => _socket.LocalEndpoint;

    public void Send(ReadOnlySpan<byte> datagram, Ipv4Endpoint to) =>
        Assert.True(UdpSocket.SendTo(RawDescriptor.Of(_socket), datagram, to).Ok);

    /// <summary>Sends datagrams that lie behind each other; all but the last are of one length.</summary>
    public void SendBundle(ReadOnlySpan<byte> datagrams, int segmentSize, Ipv4Endpoint to)
    {
        datagrams.CopyTo(_send.Memory);
        _send.Describe(0, 0, datagrams.Length, to, segmentSize);
        Assert.Equal(new SysResult(1, 0), _send.Send(RawDescriptor.Of(_socket), 1));
    }

    /// <summary>The next datagram, or null.</summary>
    /// <param name="patience">Milliseconds to wait for it.</param>
    public byte[]? Receive(int patience = Patience)
    {
        Assert.Null(_bundles);
        _ = DescriptorIo.WaitReadable(RawDescriptor.Of(_socket), RawDescriptor.Of(_never), patience);
        return RawDescriptor.Read(_socket);
    }

    /// <summary>As many datagrams as are expected, or fewer when they do not come.</summary>
    public List<byte[]> ReceiveMany(int expected)
    {
        const int LongEnough = 2000;
        List<byte[]> datagrams = [];
        while (datagrams.Count < expected && Receive(LongEnough) is { } datagram)
            datagrams.Add(datagram);

        return datagrams;
    }

    /// <summary>The next message with the length of its datagrams, which is 0 for a single one; or null.</summary>
    public (byte[] Datagrams, int SegmentSize)? ReceiveBundle()
    {
        Assert.NotNull(_bundles);
        int socket = RawDescriptor.Of(_socket);
        _ = DescriptorIo.WaitReadable(socket, RawDescriptor.Of(_never), Patience);
        return _bundles.Receive(socket, 1).Ok
            ? (_bundles.Memory.Span.Slice(_bundles.Offset(0), _bundles.Length(0)).ToArray(), _bundles.SegmentSize(0))
            : null;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _never.Dispose();
        _send.Dispose();
        _bundles?.Dispose();
    }
}

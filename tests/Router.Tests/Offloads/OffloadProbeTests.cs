using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public class OffloadProbeTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_socket_of_an_earlier_run_receives_bundles_only_if_this_one_wants_them(bool wants)
    {
        using var socket = UdpSocket.Bind(TestPeer.AnyLoopbackPort);
        using var peer = new TestPeer();
        Assert.True(socket.TryReceiveBundles(!wants).Ok);

        List<MissingOffload> missing = [];
        Offloads had = OffloadProbe.ApplyToSockets([socket], Offloads.All with { Gro = wants }, missing);
        peer.SendBundle(new byte[400], 100, socket.LocalEndpoint);

        Assert.Empty(missing);
        Assert.Equal(wants, had.Gro);
        using var messages = new ReceiveVector(8, 65536);
        int expected = wants ? 1 : 4;
        Assert.Equal(new SysResult(expected, 0), messages.Receive(RawDescriptor.Of(socket), 8));
        Assert.Equal((400 / expected, wants ? 100 : 0), (messages.Length(0), messages.SegmentSize(0)));
    }
}

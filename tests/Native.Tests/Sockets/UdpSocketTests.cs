using System.Text;

namespace FastFlannel.Native.Tests;

public class UdpSocketTests
{
    private static readonly Ipv4Endpoint AnyPort = new(Ipv4Address.Parse("127.0.0.1"), 0);

    [Fact]
    public void A_replaced_socket_receives_and_sends_as_its_successor_under_the_same_number()
    {
        using var socket = UdpSocket.Bind(AnyPort);
        using var successor = UdpSocket.Bind(new Ipv4Endpoint(Ipv4Address.Parse("127.0.0.2"), 0));
        using var peer = UdpSocket.Bind(AnyPort);
        using BorrowedDescriptor loan = socket.Borrow();
        using BorrowedDescriptor peerLoan = peer.Borrow();
        Ipv4Endpoint moved = successor.LocalEndpoint;

        socket.Replace(successor);

        Assert.Equal(moved, socket.LocalEndpoint);
        Assert.True(successor.IsClosed);
        Assert.True(UdpSocket.SendTo(peerLoan.Number, "in"u8, moved).Ok);
        Assert.Equal("in", Receive(loan.Number));
        Assert.True(UdpSocket.SendTo(loan.Number, "out"u8, peer.LocalEndpoint).Ok);
        Assert.Equal("out", Receive(peerLoan.Number));
    }

    private static string? TryReceive(int socket)
    {
        Span<byte> buffer = stackalloc byte[64];
        SysResult read = DescriptorIo.Read(socket, buffer);
        return read is { Ok: true, Value: > 0 } ? Encoding.ASCII.GetString(buffer[..read.Value]) : null;
    }

    private static string Receive(int socket)
    {
        using var wake = WakeEvent.Create();
        using BorrowedDescriptor loan = wake.Borrow();
        Assert.Equal(WaitResult.Ready, DescriptorIo.WaitReadable(socket, loan.Number, 10_000));
        return TryReceive(socket) ?? "";
    }
}

using System.Net.Sockets;

namespace FastFlannel.Native.Tests;

public sealed class DescriptorPassingTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ffpass").FullName;
    private readonly Socket _one = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Socket _other;

    public DescriptorPassingTests()
    {
        string path = Path.Combine(_directory, "socket");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        _one.Connect(new UnixDomainSocketEndPoint(path));
        _other = listener.Accept();
    }

    [Fact]
    public void A_socket_arrives_with_the_datagrams_that_wait_in_it()
    {
        using UdpSocket sent = UdpSocket.Bind(new Ipv4Endpoint(Ipv4Address.Parse("127.0.0.1"), 0));
        Ipv4Endpoint local = sent.LocalEndpoint;
        using (UdpSocket sender = UdpSocket.Bind(new Ipv4Endpoint(Ipv4Address.Parse("127.0.0.1"), 0)))
        using (BorrowedDescriptor loan = sender.Borrow())
            Assert.True(UdpSocket.SendTo(loan.Number, "waiting"u8, local).Ok);

        DescriptorPassing.Send(_one, "hello"u8, [sent]);
        sent.Dispose();
        byte[] message = new byte[16];
        List<PassedDescriptor> received = [];
        Assert.Equal(5, DescriptorPassing.Receive(_other, message, received));
        Assert.Equal("hello"u8, message.AsSpan(0, 5));

        using PassedDescriptor passed = Assert.Single(received);
        Assert.Null(UdpSocket.Adopt(passed, new Ipv4Endpoint(local.Address, (ushort)(local.Port ^ 1))));
        using UdpSocket? adopted = UdpSocket.Adopt(passed, local);
        Assert.NotNull(adopted);
        using BorrowedDescriptor number = adopted.Borrow();
        byte[] datagram = new byte[16];
        Assert.Equal(7, DescriptorIo.Read(number.Number, datagram).Value);
        Assert.Equal("waiting"u8, datagram.AsSpan(0, 7));
    }

    [Fact]
    public void As_many_as_there_may_be_arrive_in_their_order()
    {
        Signal[] sent = [.. Enumerable.Range(0, DescriptorPassing.MaximumCount).Select(_ => Signal.Create())];
        DescriptorPassing.Send(_one, "x"u8, sent);
        List<PassedDescriptor> received = [];
        _ = DescriptorPassing.Receive(_other, new byte[1], received);
        Assert.Equal(sent.Length, received.Count);

        // What is set here is read there, of the same one only.
        using (BorrowedDescriptor last = sent[^1].Borrow())
            Signal.Set(last.Number);

        using (BorrowedDescriptor last = received[^1].Borrow())
            Assert.Equal(8, DescriptorIo.Read(last.Number, new byte[8]).Value);

        using (BorrowedDescriptor first = received[0].Borrow())
            Assert.Equal(Errno.EAGAIN, DescriptorIo.Read(first.Number, new byte[8]).Errno);

        foreach (Descriptor descriptor in (IEnumerable<Descriptor>)[.. sent, .. received])
            descriptor.Dispose();
    }

    [Fact]
    public void Who_does_not_read_is_not_waited_for()
    {
        byte[] much = new byte[65536];
        SysException error = Assert.Throws<SysException>(Fill);
        Assert.Equal(Errno.EAGAIN, error.Errno);

        void Fill()
        {
            while (true)
                DescriptorPassing.Send(_one, much, []);
        }
    }

    [Fact]
    public void A_queue_is_adopted_with_its_device_and_not_without()
    {
        using TunQueue queue = TunQueue.Create("ffpass%d");
        using (PassedDescriptor passed = Pass(queue))
        using (TunQueue? adopted = TunQueue.Adopt(passed))
            Assert.Equal(queue.Name, adopted?.Name);

        using PassedDescriptor late = Pass(queue);
        using (var netlink = RouteNetlink.Open())
            _ = netlink.DeleteLink(netlink.FindLink(queue.Name)!.Index);

        Assert.Null(TunQueue.Adopt(late));
    }

    [Fact]
    public void What_is_neither_is_not_adopted()
    {
        using var signal = Signal.Create();
        using PassedDescriptor passed = Pass(signal);
        Assert.Null(TunQueue.Adopt(passed));
        Assert.Null(UdpSocket.Adopt(passed, default));
        Assert.Equal(Environment.ProcessId, PeerCredentials.Of(_one).ProcessId);
        Assert.True(PeerCredentials.Of(_one).MayCommand);
    }

    public void Dispose()
    {
        _one.Dispose();
        _other.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private PassedDescriptor Pass(Descriptor descriptor)
    {
        DescriptorPassing.Send(_one, "x"u8, [descriptor]);
        List<PassedDescriptor> received = [];
        _ = DescriptorPassing.Receive(_other, new byte[1], received);
        return Assert.Single(received);
    }
}

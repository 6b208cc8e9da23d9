using System.Net;
using System.Net.Sockets;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class PacketSizeTests(ThreeHosts three) : IClassFixture<ThreeHosts>
{
    private const int HeaderLength = 20;
    private const int OverlayMtu = 1472;

    // Protocol 253 is the one for experiments, but the class library opens raw sockets only for those it knows. Of these, IGMP's
    // handler in the kernel ignores what it does not understand, and leaves headers without payload alone.
    private const ProtocolType Protocol = ProtocolType.Igmp;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fragments_pass_and_are_put_together_at_the_other_end()
    {
        IReadOnlyList<PingResult> results = await Ping.MeshAsync(
            three.Containers, ["-c", "3", "-i", "0.2", "-W", "1", "-s", "4000"], Cancel);

        Assert.All(results, result => Assert.True(result.Ok, result.ToString()));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Packets_of_every_length_from_a_bare_header_to_the_mtu_arrive_as_they_were_sent(int from, int to)
    {
        using Socket sender = NamespaceSocket.BindRaw(three.Hosts[from], Protocol);
        using Socket receiver = NamespaceSocket.BindRaw(three.Hosts[to], Protocol);
        receiver.ReceiveTimeout = 2000;
        var destination = new IPEndPoint(IPAddress.Parse(three.Hosts[to].Address), 0);
        byte[] received = new byte[65536];
        for (int length = HeaderLength; length <= OverlayMtu; length++)
        {
            byte[] payload = Payload(length);

            _ = sender.SendTo(payload, destination);
            int got = receiver.Receive(received);

            Assert.Equal(length, got);
            Assert.True(payload.AsSpan().SequenceEqual(received.AsSpan(HeaderLength, got - HeaderLength)), $"of length {length}");
        }

        Assert.Equal(0, receiver.Available);
    }

    /// <summary>Bytes that differ with the length and with their place, none of them an IGMP type.</summary>
    private static byte[] Payload(int length)
    {
        byte[] payload = new byte[length - HeaderLength];
        for (int i = 0; i < payload.Length; i++)
            payload[i] = (byte)(0x80 | ((length * 31) + (i * 7)));

        return payload;
    }
}

using System.Net;
using System.Net.Sockets;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class IcmpErrorTests(ThreeHosts three) : IClassFixture<ThreeHosts>
{
    private const string Unleased = "10.5.0.77"; // the first subnet is never given out
    private const int DiscardPort = 9;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_container_learns_that_nobody_leases_an_address()
    {
        using Socket client = NamespaceSocket.ConnectUdp(three.Containers[0], Unleased, DiscardPort);

        Assert.Equal(SocketError.NetworkUnreachable, NamespaceSocket.Probe(client, Limit));
    }

    [Fact]
    public void A_host_learns_that_nobody_leases_an_address()
    {
        using Socket client = NamespaceSocket.ConnectUdp(three.Hosts[0], Unleased, DiscardPort);

        Assert.Equal(SocketError.NetworkUnreachable, NamespaceSocket.Probe(client, Limit));
    }

    [Fact]
    public void Net_unreachable_comes_from_the_devices_address_and_quotes_the_packet()
    {
        using Socket errors = NamespaceSocket.BindRaw(three.Containers[0], ProtocolType.Icmp);
        using Socket client = NamespaceSocket.ConnectUdp(three.Containers[0], Unleased, DiscardPort);
        errors.ReceiveTimeout = (int)Limit.TotalMilliseconds;
        byte[] packet = new byte[256];

        _ = client.Send(new byte[8]);
        int length = errors.Receive(packet);

        Assert.Equal(20 + 8 + 20 + 8, length);
        Assert.Equal(three.Hosts[0].Address, new IPAddress(packet.AsSpan(12, 4)).ToString());
        Assert.Equal((3, 0), (packet[20], packet[21]));
        Assert.Equal(Unleased, new IPAddress(packet.AsSpan(28 + 16, 4)).ToString());
    }

    [Fact]
    public async Task A_ping_to_an_address_nobody_leases_is_dropped_without_an_answer()
    {
        string said = await PingOnceAsync(three.Hosts[0], "-W", "1", Unleased);

        Assert.Contains("0 received", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Unreachable", said, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_sender_answers_when_the_time_to_live_ends_there()
    {
        (Endpoint near, Endpoint far) = (three.Hosts[0], three.Hosts[1]);

        // The container's own host takes the first hop, its daemon the second.
        Assert.Contains($"From {near.Address} ", await ExceedAsync(near, 1, far), StringComparison.Ordinal);
        Assert.Contains($"From {near.Address} ", await ExceedAsync(three.Containers[0], 2, far), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_receiver_answers_when_the_time_to_live_ends_there()
    {
        (Endpoint near, Endpoint far) = (three.Hosts[0], three.Hosts[1]);

        Assert.Contains($"From {far.Address} ", await ExceedAsync(near, 2, far), StringComparison.Ordinal);
        Assert.Contains($"From {far.Address} ", await ExceedAsync(three.Containers[0], 3, far), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_packet_too_long_for_the_overlay_is_answered_with_what_fits()
    {
        // A route's MTU counts for more than its device's, so that the device gets what is too long for it.
        string route = $"{three.Hosts[1].Address}/32 dev flannel0";
        await three.Hosts[2].Namespace.IpAsync([$"route add {route} mtu 2000"], Cancel);
        try
        {
            string said = await PingOnceAsync(three.Hosts[2], "-W", "2", "-M", "do", "-s", "1800", three.Hosts[1].Address);

            Assert.Contains("(mtu = 1472)", said, StringComparison.Ordinal);
        }
        finally
        {
            await three.Hosts[2].Namespace.IpAsync([$"route del {route}", "route flush cache"], Cancel);
        }
    }

    private static async Task<string> ExceedAsync(Endpoint from, int timeToLive, Endpoint to)
    {
        string said = await PingOnceAsync(from, "-W", "2", "-t", $"{timeToLive}", to.Address);
        Assert.Contains("Time to live exceeded", said, StringComparison.Ordinal);
        return said;
    }

    private static async Task<string> PingOnceAsync(Endpoint from, params string[] arguments) =>
        (await from.Namespace.ExecAsync(["ping", "-c", "1", .. arguments], Cancel)).Output;
}

using System.Net.Sockets;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

[Collection(nameof(DualStackHosts))]
public class Icmpv6ErrorTests(DualStackHosts hosts)
{
    private const string Unleased = "fd05:0:0:0::77"; // the first subnet is never given out
    private const int DiscardPort = 9;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_daemon_takes_one_hop_off()
    {
        string said = await PingOnceAsync(hosts.Hosts[0], "-W", "2", hosts.Hosts[1].Address);

        Assert.Contains("ttl=62", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Containers_and_hosts_learn_that_nobody_leases_an_address()
    {
        foreach (Endpoint from in (Endpoint[])[hosts.Containers[0], hosts.Hosts[0]])
        {
            using Socket client = NamespaceSocket.ConnectUdp(from, Unleased, DiscardPort);
            Assert.Equal(SocketError.NetworkUnreachable, NamespaceSocket.Probe(client, Limit));
        }
    }

    [Fact]
    public async Task A_ping_to_an_address_nobody_leases_is_answered_by_the_host()
    {
        string said = await PingOnceAsync(hosts.Containers[0], "-W", "2", Unleased);

        Assert.Contains($"From {hosts.Hosts[0].Address} icmp_seq=1 Destination unreachable: No route", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sender_answers_when_the_hop_limit_ends_there()
    {
        (Endpoint near, Endpoint far) = (hosts.Hosts[0], hosts.Hosts[1]);

        // The container's own host takes the first hop, its daemon the second.
        await AssertExceededAsync(near, 1, far, by: near);
        await AssertExceededAsync(hosts.Containers[0], 2, far, by: near);
    }

    [Fact]
    public async Task The_receiver_answers_when_the_hop_limit_ends_there()
    {
        (Endpoint near, Endpoint far) = (hosts.Hosts[0], hosts.Hosts[1]);

        await AssertExceededAsync(near, 2, far, by: far);
        await AssertExceededAsync(hosts.Containers[0], 3, far, by: far);
    }

    [Fact]
    public async Task A_packet_too_long_for_the_overlay_is_answered_with_what_fits()
    {
        // A route's MTU counts for more than its device's, so that the device gets what is too long for it.
        LabHost host = hosts.Cluster.Hosts[1];
        string route = $"{hosts.Hosts[0].Address}/128 dev flannel0";
        await host.Namespace.IpAsync([$"route add {route} mtu 2000"], Cancel);
        try
        {
            string said = await PingOnceAsync(hosts.Hosts[1], "-W", "2", "-M", "do", "-s", "1800", hosts.Hosts[0].Address);

            Assert.Matches("Packet too big: mtu=1472", said);
        }
        finally
        {
            await host.Namespace.IpAsync([$"route del {route}"], Cancel);
            _ = (await host.Namespace.ExecAsync(["ip", "-6", "route", "flush", "cache"], Cancel)).OrThrow();
        }
    }

    [Fact]
    public async Task A_path_that_is_narrow_is_told_down_to_what_IPv6_needs_and_loses_nothing()
    {
        await using LabCluster cluster = await DualStackHosts.StartAsync(Cancel);
        (LabHost first, LabHost second) = (cluster.Hosts[0], cluster.Hosts[1]);
        (Endpoint from, Endpoint to) = (cluster.Ipv6Containers[0], cluster.Ipv6Containers[1]);
        await first.Namespace.IpAsync([$"route replace {second.Address}/32 dev eth0 mtu 1200"], Cancel);

        // What IPv6 may always send passes, in parts on the outside; what is longer is told of that, and not of the 1172 that fit.
        await Echo.AssertAsync(from, to, 1280 - 48, "do", Cancel);
        string said = await PingOnceAsync(from, "-W", "2", "-M", "do", "-s", "1424", to.Address);
        CommandResult again = await from.Namespace.ExecAsync(["ping", "-c", "1", "-W", "2", "-M", "do", "-s", "1424", to.Address], Cancel);
        Assert.Matches("mtu ?[=:] ?1280", said + again.Output + again.Error);

        TransferResult[] results = await HashedTransfer.RunBothAsync(from, to, 8_000_003, Cancel);
        Assert.All(results, result => Assert.True(result.Ok, result.ToString()));
    }

    private static async Task AssertExceededAsync(Endpoint from, int hopLimit, Endpoint to, Endpoint by)
    {
        string said = await PingOnceAsync(from, "-W", "2", "-t", $"{hopLimit}", to.Address);
        Assert.Contains($"From {by.Address} icmp_seq=1 Time exceeded: Hop limit", said, StringComparison.Ordinal);
    }

    private static async Task<string> PingOnceAsync(Endpoint from, params string[] arguments) =>
        (await from.Namespace.ExecAsync(["ping", "-c", "1", .. arguments], Cancel)).Output;
}

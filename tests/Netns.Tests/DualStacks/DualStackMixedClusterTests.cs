using System.Net;
using System.Net.Sockets;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class DualStackMixedClusterTests
{
    private const string PlainSubnet = "10.5.200";
    private const string PlainIpv6Subnet = "fd05:0:0:c8";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_peer_that_works_like_flanneld_gets_IPv4_and_never_a_packet_of_IPv6()
    {
        var daemon = new DaemonOptions { Path = DaemonBinary.Path };
        await using LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.DualStack with { Hosts = 3, Daemons = [daemon, daemon] }, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        await cluster.StartDaemonsAsync(Cancel);
        (LabHost first, LabHost second, LabHost plain) = (cluster.Hosts[0], cluster.Hosts[1], cluster.Hosts[2]);
        var peers = new[] { first, second }.ToDictionary(host => SubnetOf(host.Daemon.Env), host => host.Address);
        using PlainPeer peer = await PlainPeer.StartAsync(plain, PlainSubnet, peers, Cancel);
        string key = $"{cluster.Options.Prefix}/subnets/{PlainSubnet}.0-24&{PlainIpv6Subnet}::-64";
        await cluster.Etcd.PutAsync(key, $$"""{"PublicIP":"{{plain.Address}}","PublicIPv6":null}""", Cancel);
        Container[] containers = await Task.WhenAll(
            first.AddContainerAsync(first.Daemon.Env, Cancel),
            second.AddContainerAsync(second.Daemon.Env, Cancel),
            plain.AddContainerAsync(new SubnetEnv("10.5.0.0/16", $"{PlainSubnet}.1/24", 1472), Cancel));

        _ = await Ping.WaitForMeshAsync([.. containers.Select(container => container.Endpoint)], Limit, Cancel);
        _ = await Ping.WaitForMeshAsync([containers[0].Ipv6Endpoint, containers[1].Ipv6Endpoint], Limit, Cancel);
        await first.Daemon.WaitForLogAsync($"Sending no IPv6 to the peer {plain.Address}", Limit, Cancel);
        using Socket client = NamespaceSocket.ConnectUdp(containers[0].Ipv6Endpoint, $"{PlainIpv6Subnet}::2", 9);
        Assert.Equal(SocketError.NetworkUnreachable, NamespaceSocket.Probe(client, TimeSpan.FromSeconds(2)));
        DaemonStatus? status = await first.Daemon.ReadStatusAsync(Cancel);
        Assert.Equal((2, 1), (status!.Peers, status.Ipv6Peers));
        Assert.Equal(0, peer.Strangers);

        // Once its lease says that it takes IPv6, it gets it.
        await cluster.Etcd.PutAsync(
            key, $$$"""{"PublicIP":"{{{plain.Address}}}","PublicIPv6":null,"BackendV6Data":{"Over":"IPv4"}}""", Cancel);
        _ = await Wait.UntilAsync(
            async () => (await first.Daemon.ReadStatusAsync(Cancel))!.Ipv6Peers == 2, Limit, "the route to the plain peer", Cancel);
        _ = client.Send(new byte[8]);
        _ = await Wait.UntilAsync(() => peer.Strangers > 0, Limit, "the packet", Cancel);
    }

    [Fact]
    public async Task In_a_network_of_IPv4_alone_no_packet_of_IPv6_gets_in()
    {
        await using LabCluster cluster = await LabCluster.StartAsync(
            Clusters.Default with { Hosts = 2, Config = LoadedHosts.ConfigOf(""","PeerCheck":"off" """) }, Cancel);
        using Socket outside = NamespaceSocket.BindUdp(cluster.Hosts[1].Namespace, cluster.Hosts[1].Address, 0);
        byte[] packet = new byte[48];
        packet[0] = 0x60;
        (packet[5], packet[6], packet[7], packet[8], packet[24]) = (8, 17, 64, 0xFD, 0xFD);

        _ = outside.SendTo(packet, new IPEndPoint(IPAddress.Parse(cluster.Hosts[0].Address), 8285));

        _ = await Wait.UntilAsync(
            async () => (await cluster.Hosts[0].Daemon.ReadStatusAsync(Cancel))!.Inbound!.Drops!.GetValueOrDefault("notIpv4") == 1,
            Limit,
            "the packet to be dropped",
            Cancel);
    }

    private static string SubnetOf(SubnetEnv env) => env.OverlayAddress[..env.OverlayAddress.LastIndexOf('.')];
}

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Two hosts of an overlay and a third on the same underlay that is none of theirs (docs/adr/0019-peers-only.md).</summary>
public class StrangersTests
{
    private const int OverlayPort = 8285;
    private const int Port = 9999;
    private const int Count = 150; // fits any socket's buffer

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", false)]
    [InlineData(LoadedHosts.RouterOnly, false)]
    [InlineData(""","PeerCheck":"strict" """, false)]
    [InlineData(""","PeerCheck":"off" """, true)]
    public async Task A_strangers_well_formed_packets_reach_no_container_unless_the_config_lets_them(string backend, bool isLetIn)
    {
        await using LabCluster cluster = await StartAsync(backend);
        LabHost target = cluster.Hosts[0];
        (Endpoint container, Endpoint other) = (cluster.Containers[0], cluster.Containers[1]);
        using Socket receiver = NamespaceSocket.BindUdp(container.Namespace, container.Address, Port);
        using Socket stranger = NamespaceSocket.BindUdp(cluster.Hosts[2].Namespace, cluster.Hosts[2].Address, OverlayPort);
        byte[] packet = UdpPacket(other.Address, container.Address);

        for (int i = 0; i < Count; i++)
            _ = stranger.SendTo(packet, new IPEndPoint(IPAddress.Parse(target.Address), OverlayPort));

        // Behind them in the same socket comes a peer's.
        int strangers = CountBeforeMark(other, container.Address, receiver);
        Assert.Equal(isLetIn ? Count : 0, strangers);
        DaemonStatus status = (await target.Daemon.ReadStatusAsync(Cancel))!;
        if (isLetIn)
        {
            Assert.Equal(0, status.Inbound!.Drops!.GetValueOrDefault("unknownPeer"));
            return;
        }

        DaemonStatus.DropSource source = Assert.Single(status.DropSources!);
        Assert.Equal((cluster.Hosts[2].Address, "unknownPeer", Count), (source.Address, source.Reason, source.Packets));
        Assert.Equal(Count, status.Inbound!.Drops!.GetValueOrDefault("unknownPeer"));
        // Not how many: the watch may look while they come, and say the rest a minute later.
        await target.Daemon.WaitForLogAsync($" from addresses that are no peer's: {cluster.Hosts[2].Address}; ", Limit, Cancel);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData(""","PeerNAT":true""", Count)]
    public async Task From_a_peers_host_only_its_port_is_believed_unless_a_nat_may_be_in_between(string backend, int heard)
    {
        await using LabCluster cluster = await StartAsync(backend);
        LabHost target = cluster.Hosts[0];
        (Endpoint container, Endpoint other) = (cluster.Containers[0], cluster.Containers[1]);
        using Socket receiver = NamespaceSocket.BindUdp(container.Namespace, container.Address, Port);
        using Socket user = NamespaceSocket.BindUdp(cluster.Hosts[1].Namespace, cluster.Hosts[1].Address, 0);

        for (int i = 0; i < Count; i++)
        {
            _ = user.SendTo(
                UdpPacket(other.Address, container.Address), new IPEndPoint(IPAddress.Parse(target.Address), OverlayPort));
        }

        int others = CountBeforeMark(other, container.Address, receiver);
        Assert.Equal(heard, others);
        DaemonStatus status = (await target.Daemon.ReadStatusAsync(Cancel))!;
        Assert.Equal(Count - heard, status.Inbound!.Drops!.GetValueOrDefault("wrongPort"));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(""","PeerCheck":"strict" """, false)]
    public async Task What_a_peer_forwards_from_outside_passes_unless_the_config_is_strict(string backend, bool passes)
    {
        const string Outside = "203.0.113.5";
        await using LabCluster cluster = await StartAsync(backend);
        (Endpoint container, Endpoint other) = (cluster.Containers[0], cluster.Containers[1]);
        await cluster.Hosts[1].Namespace.IpAsync([$"address add {Outside}/32 dev lo"], Cancel);
        using Socket receiver = NamespaceSocket.BindUdp(container.Namespace, container.Address, Port);
        using Socket outside = NamespaceSocket.BindUdp(cluster.Hosts[1].Namespace, Outside, 0);

        for (int i = 0; i < Count; i++)
            _ = outside.SendTo(new byte[1], new IPEndPoint(IPAddress.Parse(container.Address), Port));

        int heard = CountBeforeMark(other, container.Address, receiver);
        Assert.Equal(passes ? Count : 0, heard);
        DaemonStatus status = (await cluster.Hosts[0].Daemon.ReadStatusAsync(Cancel))!;
        Assert.Equal(passes ? 0 : Count, status.Inbound!.Drops!.GetValueOrDefault("foreignSource"));
    }

    [Fact]
    public async Task Strict_hosts_reach_each_other_through_the_kernel_all_the_same()
    {
        const long Bytes = 64_000_003;
        await using LoadedHosts hosts = await LoadedHosts.StartAsync(""","PeerCheck":"strict" """, withPlain: true, Cancel);
        await KernelHosts.WaitForKernelAsync(hosts, Cancel);

        TransferResult[] results = await HashedTransfer.RunBothAsync(hosts.First, hosts.Second, Bytes, Cancel);

        Assert.All(results, result => Assert.True(result.Ok, result.ToString()));
        Assert.All(
            await Task.WhenAll(hosts.Ours.Select(host => host.Daemon.ReadStatusAsync(Cancel))),
            status => Assert.True(status!.KernelTunnel!.BytesOut > Bytes, "hardly anything went through the kernel"));
        await DatagramFlow.AssertAsync([(hosts.First, hosts.Plain), (hosts.Plain, hosts.Second)], 1000, DatagramKinds.Mixed);
    }

    private static async Task<LabCluster> StartAsync(string backend)
    {
        var daemon = new DaemonOptions { Path = DaemonBinary.Path };
        LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with { Hosts = 3, Daemons = [daemon, daemon], Config = LoadedHosts.ConfigOf(backend) }, Cancel);
        try
        {
            await cluster.StartEtcdAsync(Cancel);
            await cluster.StartDaemonsAsync(Cancel);
            // A lease that comes between a daemon's list and its watch is told of up to 100 ms later; until then
            // that peer's pings would count as a stranger's.
            await Task.WhenAll(cluster.Hosts.Take(2).Select(host => Wait.UntilAsync(
                async () => (await host.Daemon.ReadStatusAsync(Cancel))?.Peers == 1, Limit, $"{host.Name} to know the other", Cancel)));
            await cluster.AddContainersAsync(Cancel);
            _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a mark through the overlay and counts what is heard before it.</summary>
    private static int CountBeforeMark(Endpoint from, string to, Socket receiver)
    {
        byte[] mark = "the last one"u8.ToArray();
        using Socket sender = NamespaceSocket.ConnectUdp(from, to, Port);
        receiver.ReceiveTimeout = (int)Limit.TotalMilliseconds;
        _ = sender.Send(mark);
        byte[] heard = new byte[64];
        int others = 0;
        while (!heard.AsSpan(0, receiver.Receive(heard)).SequenceEqual(mark))
            others++;

        return others;
    }

    /// <summary>An IPv4 packet with UDP and one byte, as a container would send it.</summary>
    private static byte[] UdpPacket(string from, string to)
    {
        byte[] packet = new byte[20 + 8 + 1];
        packet[0] = 0x45;
        packet[3] = (byte)packet.Length;
        packet[8] = 64;
        packet[9] = 17;
        IPAddress.Parse(from).GetAddressBytes().CopyTo(packet, 12);
        IPAddress.Parse(to).GetAddressBytes().CopyTo(packet, 16);
        int sum = 0;
        for (int i = 0; i < 20; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(i));

        while (sum > 0xFFFF)
            sum = (sum & 0xFFFF) + (sum >> 16);

        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), (ushort)~sum);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(20), Port);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(22), Port);
        packet[25] = 9;
        return packet;
    }
}

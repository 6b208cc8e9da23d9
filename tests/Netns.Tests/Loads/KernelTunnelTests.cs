using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Between our two hosts packets go through the kernel, to the plain peer through the router; all at the same time.</summary>
public class KernelTunnelTests(KernelHosts hosts) : IClassFixture<KernelHosts>
{
    private const long Bytes = 256_000_003;
    private const int Datagrams = 6000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private LoadedHosts All => hosts.All;

    private LabHost FirstHost => All.Ours.First();

    [Fact]
    public async Task Streams_arrive_as_they_were_sent_and_pass_the_router_by()
    {
        DaemonStatus before = await StatusAsync(FirstHost);

        long bytes = Soak.Bytes(Bytes);
        Soak.Judge("kernel tunnel", await HashedTransfer.RunBothAsync(All.First, All.Second, bytes, Cancel));

        DaemonStatus after = await StatusAsync(FirstHost);
        Assert.True(after.KernelTunnel!.BytesOut - before.KernelTunnel!.BytesOut > bytes, "hardly anything went through the kernel");
        Assert.True(after.KernelTunnel.PacketsIn - before.KernelTunnel.PacketsIn > bytes / 65536, "hardly anything came that way");
        Assert.True(after.Outbound!.Packets - before.Outbound!.Packets < 100, $"the router carried {after.Outbound.Packets} packets");
    }

    [Fact]
    public async Task Datagrams_and_fragments_arrive_once_in_order_and_as_they_were_sent() =>
        await DatagramFlow.AssertAsync(
            [(All.First, All.Second), (All.Second, All.First)],
            Datagrams,
            DatagramKinds.Mixed,
            DatagramKinds.Bundles,
            DatagramKinds.Fragments,
            DatagramKinds.Whole | DatagramKinds.Fragments);

    [Fact]
    public async Task A_peer_without_it_is_reached_through_the_router_at_the_same_time()
    {
        Task<TransferResult[]> ours = HashedTransfer.RunBothAsync(All.First, All.Second, Bytes / 8, Cancel);
        Task<TransferResult[]> mixed = HashedTransfer.RunBothAsync(All.First, All.Plain, Bytes / 32, Cancel);

        Assert.All([.. await ours, .. await mixed], result => Assert.True(result.Ok, result.ToString()));
        await DatagramFlow.AssertAsync(
            [(All.First, All.Plain), (All.Plain, All.First)], Datagrams / 6, DatagramKinds.Whole, DatagramKinds.Fragments);
    }

    [Fact]
    public async Task The_longest_packet_passes_and_a_longer_one_is_answered()
    {
        await Echo.AssertAsync(All.First, All.Second, 1444, "do", Cancel);

        CommandResult tooLong = await All.First.Namespace.ExecAsync(
            ["ping", "-c", "1", "-W", "1", "-M", "do", "-s", "1445", All.Second.Address], Cancel);
        Assert.False(tooLong.Ok);
    }

    [Fact]
    public async Task A_hop_is_taken_at_both_ends()
    {
        CommandResult ping = await All.First.Namespace.ExecAsync(["ping", "-c", "1", "-W", "1", All.Second.Address], Cancel);
        Assert.Contains("ttl=60", ping.Output, StringComparison.Ordinal);

        // The first hop is this host, the second its TUN device, the third the peer's.
        CommandResult expired = await All.First.Namespace.ExecAsync(
            ["ping", "-c", "1", "-W", "1", "-t", "2", All.Second.Address], Cancel);
        Assert.Contains($"From {FirstHost.Daemon.Env.OverlayAddress}", expired.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_does_not_forward_sends_through_the_router_and_says_so()
    {
        string[] pings = ["-c", "20", "-i", "0.01", "-W", "10"];
        await FirstHost.Namespace.SetAsync("ipv4/conf/eth0/forwarding", "0", Cancel);
        try
        {
            DaemonStatus before = await StatusAsync(FirstHost);
            Assert.StartsWith("on, but sends nothing: net.ipv4.conf.eth0.forwarding is 0", before.Offloads!["kernelTunnel"], StringComparison.Ordinal);
            PingResult result = await Ping.MeasureAsync(HostEnd(0), HostEnd(1), pings, Cancel);
            Assert.True(result.Ok, result.ToString());
            Assert.Equal(before.KernelTunnel!.PacketsOut, (await StatusAsync(FirstHost)).KernelTunnel!.PacketsOut);
        }
        finally
        {
            await FirstHost.Namespace.SetAsync("ipv4/conf/eth0/forwarding", "1", CancellationToken.None);
        }

        Assert.Equal("on", (await StatusAsync(FirstHost)).Offloads!["kernelTunnel"]);
    }

    private Endpoint HostEnd(int host) => All.Cluster.Hosts[host].OverlayEndpoint(All.Cluster.Hosts[host].Daemon);

    private static async Task<DaemonStatus> StatusAsync(LabHost host)
    {
        DaemonStatus? status = await host.Daemon.ReadStatusAsync(Cancel);
        Assert.NotNull(status);
        return status;
    }
}

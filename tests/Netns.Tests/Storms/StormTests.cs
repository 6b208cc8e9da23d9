using System.Globalization;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// Peers whose leases change about a thousand times a second while three hosts are busy: on both ways that packets go, nothing is sent
/// where no lease in force leads, and afterwards the routes are the leases.
/// </summary>
public class StormTests
{
    private const int Flapping = 100;
    private const int PerSecond = 1000;

    // Some leases are deleted at the end of either storm.
    private const int FirstChanges = 4050;
    private const int Changes = 3000;

    private const int MostLines = 200;
    private const int MostLists = 20;
    private const int MostMegabytes = 16;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StormBed.RouterOnly, "the router alone")]
    [InlineData("{}", "the kernel tunnel")]
    public async Task Packets_follow_the_leases_through_a_storm(string fields, string how)
    {
        await using StormBed bed = await StormBed.CreateAsync(DaemonBinary.Path, 3, Flapping, fields, Cancel);
        LabHost[] hosts = [.. bed.Hosts];
        using StormTraffic traffic = bed.StartTraffic([hosts[0], hosts[2]]);

        // The first storm fills what is filled once: the second one shows what grows.
        await StormAsync(bed, traffic, FirstChanges, how);
        long[] memory = Memory(bed);
        long[] lines = [.. bed.Daemons.Select(daemon => daemon.Process.LineCount)];
        long lists = await bed.Etcd.CountCallsAsync("Range");
        await StormAsync(bed, traffic, Changes, how);

        Assert.InRange(await bed.Etcd.CountCallsAsync("Range") - lists, 0, MostLists);
        foreach (((FlannelDaemon daemon, long before), (long after, long then)) in bed.Daemons.Zip(lines).Zip(Memory(bed).Zip(memory)))
        {
            Assert.True(daemon.Process.LineCount - before <= MostLines, $"{daemon.Process.LineCount - before} lines:\n{daemon.DescribeLog()}");
            Assert.True(after - then <= MostMegabytes, $"{then} MB became {after} MB by {Changes} changes");
        }
    }

    private static async Task StormAsync(StormBed bed, StormTraffic traffic, int changes, string how)
    {
        DaemonStatus?[] before = await StatusAsync(bed);
        int seen = traffic.Flows.Sum(flow => flow.ChangesSeen);
        Task<TimeSpan> storm = new StormWriter(bed.Etcd, bed.Peers).RunAsync(PerSecond, changes, Cancel);
        TransferResult stream = await HashedTransfer.RunUntilAsync(bed.Cluster.Containers[0], bed.Cluster.Containers[1], storm, Cancel);
        TimeSpan took = await storm;

        await bed.SettleAsync(traffic, Cancel);

        TestContext.Current.SendDiagnosticMessage("{0}: {1} changes in {2:0.0} s; {3}", how, changes, took.TotalSeconds, stream);
        Assert.True(stream.Ok, stream.ToString());
        foreach (StormFlow flow in traffic.Flows)
        {
            Assert.True(flow.Misdirected == 0, $"{flow.Misdirected} went wrong:\n{string.Join('\n', flow.Problems)}");

            // The first peer's changes are one in a hundred, and probes to it a thousand a second.
            Assert.True(flow.InForce(0) > 0, $"{flow.Name} saw no change");
        }

        Assert.True(traffic.Flows.Sum(flow => flow.ChangesSeen) - seen > Flapping, "hardly any change was seen");
        await AssertDeletedAsync(bed, traffic);
        await AssertWaysAsync(bed, before);
    }

    /// <summary>Nothing comes of what is sent to subnets without a lease, while it does for all others.</summary>
    private static async Task AssertDeletedAsync(StormBed bed, StormTraffic traffic)
    {
        int[] all = [.. Enumerable.Range(0, bed.Peers.Count)];
        int[] deleted = [.. all.Where(peer => StormPeers.IsDeleted(peer, bed.Peers.Begun(peer)))];
        Assert.NotEmpty(deleted);
        foreach (StormFlow flow in traffic.Flows)
        {
            // What was sent in the storm has arrived by then.
            await RoundAsync(flow);
            long[] received = [.. all.Select(flow.ReceivedFrom)];
            await RoundAsync(flow);
            Assert.All(deleted, peer => Assert.Equal(received[peer], flow.ReceivedFrom(peer)));
        }

        Task RoundAsync(StormFlow flow)
        {
            (long Sent, long Received)[] before = [.. all.Select(peer => (flow.SentTo(peer), flow.ReceivedFrom(peer)))];
            return Wait.UntilAsync(
                () => all.All(peer => flow.SentTo(peer) > before[peer].Sent + 1
                    && (deleted.Contains(peer) || flow.ReceivedFrom(peer) > before[peer].Received)),
                TimeSpan.FromSeconds(30),
                $"{flow.Name} to every peer",
                Cancel);
        }
    }

    /// <summary>TCP and ICMP went through the kernel where that is possible, and the packet loops allocated nothing.</summary>
    private static async Task AssertWaysAsync(StormBed bed, DaemonStatus?[] before)
    {
        DaemonStatus?[] after = await StatusAsync(bed);
        bool hasTunnel = after[0]!.Offloads!["kernelTunnel"] == "on";
        Assert.Equal(hasTunnel, after[0]!.KernelTunnel!.PacketsOut - before[0]!.KernelTunnel!.PacketsOut > Changes / 2);
        Assert.All(before.Zip(after), pair => Assert.Equal(pair.First!.LoopAllocatedBytes, pair.Second!.LoopAllocatedBytes));
    }

    private static async Task<DaemonStatus?[]> StatusAsync(StormBed bed) =>
        await Task.WhenAll(bed.Daemons.Select(daemon => daemon.ReadStatusAsync(Cancel)));

    /// <summary>Resident, in megabytes.</summary>
    private static long[] Memory(StormBed bed) => [.. bed.Daemons.Select(daemon =>
    {
        string line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{daemon.Process.Id}/status"))
            .First(one => one.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line["VmRSS:".Length..^" kB".Length], CultureInfo.InvariantCulture) / 1024;
    })];
}

using System.Globalization;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// Mutated datagrams by the hundred thousand, and by perf/soak.sh by the ten million: each is forwarded or counted as dropped for a
/// reason, memory stays as it is, and the overlay works as before.
/// </summary>
public class RubbishTests
{
    private const long UsualDatagrams = 300_000;
    private const int Seed = 1;
    private const long StreamBytes = 32_000_003;

    // Less than a byte a datagram, where there are ten million. What the process has allocated on its heap, and may not have
    // collected yet, is a matter of time and not of datagrams.
    private const long ResidentBound = 8 << 20;
    private const long AllocationBound = 32 << 20;
    private const long LoopBound = 16 << 10;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_router_counts_every_datagram_and_goes_on_as_before()
    {
        string config = LoadedHosts.ConfigOf(LoadedHosts.RouterOnly);
        await using RubbishHosts hosts = await RubbishHosts.StartAsync(config, isTunnelled: false, Cancel);
        await SoakAsync("router", hosts);
    }

    [Fact]
    public async Task The_router_of_a_dual_stack_network_does_so_too()
    {
        const string Config = """
            {"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd05::/48",
             "Backend":{"Type":"udp","Offloads":{"kernelTunnel":false}}}
            """;
        await using RubbishHosts hosts = await RubbishHosts.StartAsync(Config, isTunnelled: false, Cancel);
        await SoakAsync("dual stack", hosts);
    }

    [Fact]
    public async Task Router_and_kernel_tunnel_together_do_so_too()
    {
        await using RubbishHosts hosts = await RubbishHosts.StartAsync(LoadedHosts.ConfigOf(""), isTunnelled: true, Cancel);
        await SoakAsync("kernel tunnel", hosts);
    }

    private static async Task SoakAsync(string way, RubbishHosts hosts)
    {
        long datagrams = Soak.Datagrams(UsualDatagrams);
        using var sender = new RubbishSender(hosts, Seed);
        using var capture = new TunCapture(hosts.Receiver, checksChecksum: !hosts.IsTunnelled);
        long lostBefore = sender.Lost;

        // The other host would answer some of the answers, and those would be counted with what is sent here.
        await hosts.SetDeafAsync(true, Cancel);
        DaemonStatus before = await hosts.StatusAsync(Cancel);

        // The first tenth makes whatever is made once.
        await Task.Run(() => sender.SendUntil(datagrams / 10, Cancel), Cancel);
        DaemonStatus warm = await SettledAsync(hosts, sender, before, lostBefore);
        long resident = ResidentOf(hosts);
        await Task.Run(() => sender.SendUntil(datagrams, Cancel), Cancel);
        DaemonStatus after = await SettledAsync(hosts, sender, before, lostBefore);
        long grown = ResidentOf(hosts) - resident;
        long allocated = after.Gc!.AllocatedBytes!.Value - warm.Gc!.AllocatedBytes!.Value;
        capture.End();

        Tally tally = Tally.Between(before, after, sender.Lost - lostBefore);
        Soak.Say($"{way}: {sender.Sent} sent, {sender.Bundled} of them in bundles; {tally}");
        Soak.Say($"{way}: {resident >> 10} KiB resident after a tenth, {grown >> 10} KiB more at the end; "
            + $"the loops allocated {after.LoopAllocatedBytes - warm.LoopAllocatedBytes} bytes, "
            + $"all of the process {allocated >> 10} KiB "
            + $"with {after.Gc.Collections - warm.Gc.Collections} collections");
        Soak.Say($"{way}: {capture.Seen} packets on the device looked at, {capture.Missed} missed");
        Assert.Equal(sender.Sent, tally.Sum);
        Assert.True(tally.Forwarded + tally.Tunnelled > sender.Sent / 1000, "hardly anything was forwarded");
        Assert.True(tally.Drops.Count >= 5, "there were few kinds of rubbish");
        Assert.InRange(grown - allocated, long.MinValue, ResidentBound);
        Assert.InRange(allocated, 0, AllocationBound);
        Assert.InRange(after.LoopAllocatedBytes!.Value - warm.LoopAllocatedBytes!.Value, 0, LoopBound);
        Assert.Empty(capture.Problems);
        Assert.True(capture.Seen > 100, "hardly anything was looked at");

        // Where the daemon asks whether a packet is for this host, none other gets through.
        SubnetEnv env = hosts.Receiver.Daemon.Env;
        if (tally.Drops.ContainsKey("notForHere"))
            Assert.Equal(0, capture.CountOutside(Native.Ipv4Address.Parse(env.OverlayAddress).Value, env.Length));

        await hosts.SetDeafAsync(false, Cancel);
        Assert.Empty(await Ping.UnreachableAsync(hosts.Containers, Cancel));
        Soak.Judge(way, await HashedTransfer.RunBothAsync(hosts.Containers[0], hosts.Containers[1], StreamBytes, Cancel));
    }

    /// <summary>Waits until everything is accounted for, or does not change any more.</summary>
    private static async Task<DaemonStatus> SettledAsync(
        RubbishHosts hosts, RubbishSender sender, DaemonStatus before, long lostBefore)
    {
        DaemonStatus now = await hosts.StatusAsync(Cancel);
        try
        {
            _ = await Wait.UntilAsync(
                async () =>
                {
                    now = await hosts.StatusAsync(Cancel);
                    return Tally.Between(before, now, sender.Lost - lostBefore).Sum >= sender.Sent;
                },
                Limit,
                "all datagrams to be accounted for",
                Cancel);
        }
        catch (LabException e)
        {
            Assert.Fail($"{e.Message}: {sender.Sent} sent; {Tally.Between(before, now, sender.Lost - lostBefore)}");
        }

        return now;
    }

    private static long ResidentOf(RubbishHosts hosts)
    {
        string line = File.ReadLines($"/proc/{hosts.Receiver.Daemon.Process.Id}/status")
            .Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) << 10;
    }

    /// <summary>What became of datagrams.</summary>
    private sealed record Tally(long Forwarded, long Tunnelled, long Lost, IReadOnlyDictionary<string, long> Drops)
    {
        public long Sum => Forwarded + Tunnelled + Lost + Drops.Values.Sum();

        public static Tally Between(DaemonStatus before, DaemonStatus after, long lost) => new(
            after.Inbound!.Packets!.Value - before.Inbound!.Packets!.Value,
            after.KernelTunnel!.PacketsIn!.Value - before.KernelTunnel!.PacketsIn!.Value,
            lost,
            after.Inbound.Drops!.ToDictionary(drop => drop.Key, drop => drop.Value - before.Inbound.Drops!.GetValueOrDefault(drop.Key)));

        public override string ToString() =>
            $"{Forwarded} forwarded, {Tunnelled} through the kernel, {Lost} lost before the daemon, "
            + $"dropped: {string.Join(", ", Drops.OrderBy(drop => drop.Key).Select(drop => $"{drop.Value} {drop.Key}"))}; sum {Sum}";
    }
}

using System.Diagnostics;
using System.Globalization;
using FastFlannel.Lab;

namespace FastFlannel.Perf;

/// <summary>
/// One daemon, the published binary, in a cluster whose other hosts are leases in a real etcd and nothing more: what it costs to
/// start, and whether it keeps up with leases that come.
/// </summary>
internal static class ScaleRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Measures.</summary>
    /// <param name="leases">How many there are when the daemon starts.</param>
    /// <param name="rate">How many new ones a second come afterwards.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="binary">The daemon.</param>
    public static async Task<ScaleResult> MeasureAsync(int leases, int rate, TimeSpan duration, string binary)
    {
        var options = new LabClusterOptions
        {
            DaemonPath = binary,
            Hosts = 1,
            Config = """{"Network":"10.0.0.0/8","SubnetLen":24,"Backend":{"Type":"udp"}}""",
        };
        await using LabCluster cluster = await LabCluster.CreateAsync(options, CancellationToken.None);
        await cluster.StartEtcdAsync(CancellationToken.None);
        using var etcd = new EtcdGateway(cluster.Underlay.Switch);
        await etcd.PutAsync(Enumerable.Range(0, leases).Select(number => PeerLease.Of("udp", number)));

        LabHost host = cluster.Hosts[0];
        FlannelDaemon daemon = host.Daemons[0];
        long calls = await etcd.CountCallsAsync();
        long began = Stopwatch.GetTimestamp();
        await daemon.StartAsync();
        await daemon.WaitReadyAsync(CancellationToken.None);
        TimeSpan ready = Stopwatch.GetElapsedTime(began);
        TimeSpan readyProcessorTime = daemon.ProcessorTime;
        calls = await etcd.CountCallsAsync() - calls;
        (double Now, double Peak) megabytes = ReadMegabytes(daemon.Process.Id);

        TimeSpan before = daemon.ProcessorTime;
        began = Stopwatch.GetTimestamp();
        TimeSpan[] lags = await FollowAsync(host, etcd, leases, rate, (int)(rate * duration.TotalSeconds));
        return new ScaleResult
        {
            Leases = leases,
            Ready = ready,
            ReadyProcessorTime = readyProcessorTime,
            Calls = calls,
            Megabytes = megabytes,
            Lags = lags,
            EventsProcessor = (daemon.ProcessorTime - before) / Stopwatch.GetElapsedTime(began),
            MegabytesAfter = ReadMegabytes(daemon.Process.Id).Now,
        };
    }

    /// <summary>Writes new leases at a steady pace and sees in the daemon's status when each is in force.</summary>
    private static async Task<TimeSpan[]> FollowAsync(LabHost host, EtcdGateway etcd, int leases, int rate, int events)
    {
        long[] written = new long[events];
        var lags = new TimeSpan[events];
        Task writing = Task.Run(async () =>
        {
            long began = Stopwatch.GetTimestamp();
            for (int i = 0; i < events; i++)
            {
                TimeSpan early = TimeSpan.FromSeconds((double)i / rate) - Stopwatch.GetElapsedTime(began);
                if (early > TimeSpan.Zero)
                    await Task.Delay(early);

                await etcd.PutAsync([PeerLease.Of("udp", leases + i)]);
                Volatile.Write(ref written[i], Stopwatch.GetTimestamp());
            }
        });
        int seen = 0;
        _ = await Wait.UntilAsync(
            async () =>
            {
                DaemonStatus? status = await host.Daemons[0].ReadStatusAsync(CancellationToken.None);
                long now = Stopwatch.GetTimestamp();
                int inForce = (status?.Peers ?? leases) - leases;
                for (; seen < inForce; seen++)
                {
                    // In force before etcd's answer has reached who wrote it: no lag.
                    long since = Volatile.Read(ref written[seen]);
                    lags[seen] = since == 0 || since > now ? TimeSpan.Zero : Stopwatch.GetElapsedTime(since, now);
                }

                return seen == events;
            },
            TimeSpan.FromSeconds((double)events / rate) + Limit,
            $"{events} new leases to be in force",
            CancellationToken.None);
        await writing;
        return lags;
    }

    /// <summary>What proc_pid_status(5) says of resident memory.</summary>
    private static (double Now, double Peak) ReadMegabytes(int process)
    {
        string[] lines = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status"));
        return (Read("VmRSS:"), Read("VmHWM:"));

        double Read(string name)
        {
            string line = lines.First(one => one.StartsWith(name, StringComparison.Ordinal));
            return double.Parse(line[name.Length..^" kB".Length], CultureInfo.InvariantCulture) / 1024;
        }
    }
}

using System.Diagnostics;
using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>Sees what is lost when a daemon is replaced, dies or restarts: <c>fastflannel lab handover</c>.</summary>
internal static class HandoverRun
{
    private const int DatagramsPerSecond = 20_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WantedStart = TimeSpan.FromMilliseconds(200);

    // The network config's Backend, by the way that TCP and pings go.
    private static readonly (string Way, string Fields)[] Ways =
        [("router", """{"Offloads":{"kernelTunnel":false}}"""), ("kernel tunnel", "{}")];

    private static readonly (string Name, Func<LabHost, CancellationToken, Task<long>> Act)[] Events =
        [("hand-over", SucceedAsync), ("kill -9", KillAsync), ("stop, start", RestartAsync)];

    /// <summary>Runs.</summary>
    /// <param name="daemon">The daemon's binary.</param>
    /// <param name="output">Where to print.</param>
    /// <param name="ct">Ends the run early; the lab is removed all the same.</param>
    /// <returns>0 only if nothing was lost that must not be.</returns>
    public static Task<int> RunAsync(string daemon, TextWriter output, CancellationToken ct) =>
        LabTerminal.RunAsync((progress, token) => RunAsync(daemon, progress, token), rows => Finish(rows, output), ct);

    private static int Finish(IReadOnlyList<Row> rows, TextWriter output)
    {
        output.WriteLine("way            event        from   pings lost  datagrams lost    longest gap  after start  TCP");
        foreach (Row row in rows)
        {
            SteadyTrafficResult found = row.Found;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Way,-13}  {row.Event,-11}  {row.From,-4}  {$"{found.PingsLost}/{found.PingsSent}",11}  {$"{found.DatagramsLost}/{found.DatagramsSent}",14}  {found.LongestGap.TotalMilliseconds,8:0} ms  {row.AfterStart,11}  {(found.IsStreamWhole ? "whole" : "broken")}"));
        }

        return rows.All(row => row.Ok) ? 0 : 1;
    }

    private static async Task<IReadOnlyList<Row>> RunAsync(string daemon, Progress progress, CancellationToken ct)
    {
        List<Row> rows = [];
        foreach ((string way, string fields) in Ways)
        {
            progress.Begin($"two hosts, by the {way}");
            var options = new DaemonOptions { Path = daemon, Command = ["run", "--supervised"] };
            await using LabCluster cluster = await LabCluster.StartAsync(
                new LabClusterOptions
                {
                    DaemonPath = daemon,
                    Hosts = 2,
                    BackendFields = fields,
                    RoutedContainers = true,
                    Daemons = [options, options],
                },
                ct);
            _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, ct);

            // The kernel tunnel begins a second after its hosts know of each other.
            await Task.Delay(2 * Calm, ct);
            foreach ((string name, Func<LabHost, CancellationToken, Task<long>> act) in Events)
            {
                foreach (Endpoint from in cluster.Containers)
                {
                    progress.Begin($"{name} under traffic from {from.Name}");
                    Endpoint to = cluster.Containers.First(end => end != from);
                    await using var traffic = SteadyTraffic.Start(from, to, DatagramsPerSecond);
                    await Task.Delay(Calm, ct);
                    long started = await act(cluster.Hosts[0], ct);
                    await Task.Delay(Calm, ct);
                    rows.Add(new Row(way, name, from.Name, started, await traffic.FinishAsync()));
                }
            }
        }

        return rows;
    }

    // Each gives when the process was started that carries the packets afterwards, by the stopwatch.
    private static async Task<long> SucceedAsync(LabHost host, CancellationToken ct)
    {
        FlannelDaemon daemon = host.Daemons[0];
        long started = Stopwatch.GetTimestamp();
        await using LabProcess before = daemon.StartSuccessor();
        await daemon.WaitReadyAsync(ct);
        _ = await before.WaitForExitAsync(Limit, ct);
        return started;
    }

    private static async Task<long> KillAsync(LabHost host, CancellationToken ct)
    {
        FlannelDaemon daemon = host.Daemons[0];
        DateTime before = File.GetLastWriteTimeUtc(daemon.SubnetFile);
        int parent = daemon.Process.Id;
        string child = (await File.ReadAllTextAsync($"/proc/{parent}/task/{parent}/children", ct)).Trim();
        long started = Stopwatch.GetTimestamp();
        _ = (await Command.RunAsync(["sh", "-c", "kill -KILL \"$1\"", "sh", child], ct)).OrThrow();
        _ = await Wait.UntilAsync(() => File.GetLastWriteTimeUtc(daemon.SubnetFile) != before, Limit, "the daemon to be back", ct);
        return started;
    }

    private static async Task<long> RestartAsync(LabHost host, CancellationToken ct)
    {
        FlannelDaemon daemon = host.Daemons[0];
        _ = await daemon.StopAsync("TERM", ct);
        long started = Stopwatch.GetTimestamp();
        await daemon.StartAsync();
        await daemon.WaitReadyAsync(ct);
        return started;
    }

    private sealed record Row(string Way, string Event, string From, long Started, SteadyTrafficResult Found)
    {
        // What nobody waited for has no start.
        public string AfterStart => Event == "stop, start"
            ? string.Create(CultureInfo.InvariantCulture, $"{Resumed.TotalMilliseconds:0} ms")
            : "";

        public bool Ok => Event switch
        {
            "hand-over" => Found is { PingsLost: 0, DatagramsLost: 0, IsStreamWhole: true },
            "kill -9" => Found is { PingsLost: 0, IsStreamWhole: true },
            _ => Found.IsStreamWhole && Resumed <= WantedStart,
        };

        private TimeSpan Resumed => Stopwatch.GetElapsedTime(Started, Found.LongestGapEnd);
    }
}

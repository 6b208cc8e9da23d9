using System.Text.Json;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// Daemons stop, are killed, are replaced by another binary and start again, and the traffic through the kernel's backends does
/// not notice.
/// </summary>
public sealed class KernelRestartTests : IDisposable
{
    private const int Seconds = 8;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fastflannel-restart-");

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("vxlan", "{}")]
    [InlineData("vxlan", """{"DirectRouting":true}""")]
    [InlineData("host-gw", "{}")]
    public async Task Pings_and_a_TCP_flow_lose_nothing_and_no_entry_is_touched(string backend, string fields)
    {
        string binary = Path.Combine(_directory.FullName, "fastflannel");
        File.Copy(DaemonBinary.Path, binary);
        await using LabCluster cluster = await BackendClusters.StartAsync(
            new LabClusterOptions
            {
                DaemonPath = binary,
                Hosts = 2,
                Backend = backend,
                BackendFields = fields,
                Ipv6Network = "fd05::/56",
            },
            Cancel);
        LabHost host = cluster.Hosts[0];
        string[] before = await KernelLines.ReadAsync(host.Namespace, Cancel);
        await using LabProcess monitor = host.Namespace.Start(
            ["ip", "monitor", "link", "address", "route"], Path.Combine(cluster.Directory, "monitor.log"));
        (Endpoint from, Endpoint to) = (cluster.Containers[0], cluster.Containers[1]);
        Task<PingResult> pings = Ping.MeasureAsync(
            from, to, ["-c", $"{Seconds * 100}", "-i", "0.01", "-W", "2"], Cancel);
        Task<PingResult> ipv6Pings = Ping.MeasureAsync(
            cluster.Ipv6Containers[0], cluster.Ipv6Containers[1], ["-c", $"{Seconds * 100}", "-i", "0.01", "-W", "2"], Cancel);
        Task<(long Sent, long Received)> flow = FlowAsync(cluster, from, to);

        await RestartAsync(host.Daemon, "TERM");
        await RestartAsync(host.Daemon, "KILL");
        long size = SizeOfRunning(host.Daemon);
        DaemonBinary.Upgrade(binary);
        await RestartAsync(host.Daemon, "TERM");

        Assert.False(pings.IsCompleted, "the restarts took longer than the pings, which say nothing then");
        Assert.NotEqual(size, SizeOfRunning(host.Daemon));
        Assert.True((await pings).Ok, (await pings).ToString());
        Assert.True((await ipv6Pings).Ok, (await ipv6Pings).ToString());
        (long sent, long received) = await flow;
        Assert.Equal(sent, received);
        Assert.Equal(before, await KernelLines.ReadAsync(host.Namespace, Cancel));
        Assert.DoesNotContain(monitor.Lines, line => line.Contains("flannel", StringComparison.Ordinal)
            || line.Contains("10.5.", StringComparison.Ordinal)
            || line.Contains("fd05:", StringComparison.Ordinal));
    }

    private static async Task RestartAsync(FlannelDaemon daemon, string signal)
    {
        _ = await daemon.StopAsync(signal, Cancel);
        await daemon.StartAsync();
        await daemon.WaitReadyAsync(Cancel);
    }

    /// <summary>Of the file that the process runs, which may have lost its name; another size is another binary.</summary>
    private static long SizeOfRunning(FlannelDaemon daemon)
    {
        using FileStream running = File.OpenRead($"/proc/{daemon.Process.Id}/exe");
        return running.Length;
    }

    /// <summary>A paced TCP flow for as long as the pings.</summary>
    private static async Task<(long Sent, long Received)> FlowAsync(LabCluster cluster, Endpoint from, Endpoint to)
    {
        await using LabProcess server = to.Namespace.Start(
            ["iperf3", "-s", "-1", "--forceflush"], Path.Combine(cluster.Directory, "iperf3.log"));
        _ = await Wait.UntilAsync(
            () => server.Lines.Any(line => line.Contains("listening", StringComparison.Ordinal)),
            Limit,
            "iperf3 to listen",
            Cancel);
        CommandResult said = await from.Namespace.ExecAsync(
            ["iperf3", "-J", "-c", to.Address, "-t", $"{Seconds}", "-b", "50M"], Limit, Cancel);
        using var report = JsonDocument.Parse(said.OrThrow().Output);
        JsonElement end = report.RootElement.GetProperty("end");
        return (
            end.GetProperty("sum_sent").GetProperty("bytes").GetInt64(),
            end.GetProperty("sum_received").GetProperty("bytes").GetInt64());
    }
}

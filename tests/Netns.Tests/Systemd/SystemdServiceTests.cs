using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>The packaged service under a systemd that is process 1: what the unit's settings say happens.</summary>
public class SystemdServiceTests
{
    private const int Datagrams = 1000;

    // Of one queue: its device and its socket, and the kernel tunnel's two programs.
    private const string Kept = "4";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(LoadedHosts.RouterOnly, "2")]
    [InlineData("", Kept)]
    public async Task A_restart_loses_nothing_and_a_crash_neither_pings_nor_streams(string backend, string kept)
    {
        SkipWithoutSystemd();
        await using LabCluster cluster = await StartAsync(backend);
        LabHost host = cluster.Hosts[1];
        await using SystemdMachine machine = await SystemdMachine.BootAsync(host, Settings, Cancel);
        _ = (await machine.ControlAsync("enable", Cancel, "--now")).OrThrow();
        await machine.WaitForAsync("StatusText", $"{machine.Env.OverlayAddress}/24 with 1 peer ", Cancel);
        await machine.WaitForAsync("NFileDescriptorStore", kept, Cancel);
        Assert.True(File.Exists(machine.File("/run/flannel/docker_opts.env")));
        string index = await IndexAsync(host);
        Endpoint[] ends = [cluster.Hosts[0].OverlayEndpoint(cluster.Hosts[0].Daemon), EndOf(host, machine)];
        _ = await Ping.WaitForMeshAsync(ends, Limit, Cancel);

        SteadyTrafficResult[] restart = await UnderTrafficAsync(ends, async () => (await machine.ControlAsync("restart", Cancel)).OrThrow());
        Assert.All(restart, result => Assert.Equal((0, 0, true), (result.PingsLost, result.DatagramsLost, result.IsStreamWhole)));
        Assert.Equal((index, kept), (await IndexAsync(host), await machine.ShowAsync("NFileDescriptorStore", Cancel)));

        SteadyTrafficResult[] crash = await UnderTrafficAsync(ends, async () =>
        {
            await machine.WaitForAsync("StatusText", $"{machine.Env.OverlayAddress}/24 with 1 peer ", Cancel);
            _ = (await machine.ControlAsync("kill", Cancel, "--signal=KILL", "--kill-who=main")).OrThrow();
            await machine.WaitForAsync("NRestarts", "1", Cancel);
            await machine.WaitForAsync("ActiveState", "active", Cancel);
        });

        // What the router had read and not sent yet is lost with it.
        int most = backend == LoadedHosts.RouterOnly ? 2 : 0;
        Assert.All(crash, result => Assert.InRange(result.PingsLost, 0, most));
        Assert.All(crash, result => Assert.True(result.IsStreamWhole));
        Assert.Equal(index, await IndexAsync(host));

        _ = (await machine.ControlAsync("stop", Cancel)).OrThrow();
        Assert.Equal("0", await machine.ShowAsync("NFileDescriptorStore", Cancel));
        Assert.False(await host.HasDeviceAsync("flannel0", Cancel));
        Assert.True(File.Exists(machine.File("/run/flannel/subnet.env")));
    }

    [Fact]
    public async Task A_daemon_that_hangs_is_replaced_one_with_a_wrong_flag_is_not_and_any_user_will_do()
    {
        SkipWithoutSystemd();
        await using LabCluster cluster = await StartAsync("");
        LabHost host = cluster.Hosts[1];
        await using SystemdMachine machine = await SystemdMachine.BootAsync(host, Settings, Cancel);
        await machine.OverrideAsync(["WatchdogSec=2", "User=nobody"], Cancel);
        _ = (await machine.ControlAsync("start", Cancel)).OrThrow();
        string index = await IndexAsync(host);
        string main = await machine.ShowAsync("MainPID", Cancel);
        await machine.WaitForAsync("NFileDescriptorStore", Kept, Cancel);
        Assert.Contains("nobody", (await machine.RunAsync(["ps", "-o", "user=", "-p", main], Cancel)).Output, StringComparison.Ordinal);

        _ = (await machine.RunAsync(["kill", "-STOP", main], Cancel)).OrThrow();
        await machine.WaitForAsync("NRestarts", "1", Cancel);
        await machine.WaitForAsync("ActiveState", "active", Cancel);
        Assert.Contains("Watchdog timeout", await machine.JournalAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal((index, Kept), (await IndexAsync(host), await machine.ShowAsync("NFileDescriptorStore", Cancel)));

        await machine.OverrideAsync(["Environment=FASTFLANNEL_ARGS=--nonsense"], Cancel);
        Assert.False((await machine.ControlAsync("restart", Cancel)).Ok);

        // Before another start it would be "activating".
        Assert.Equal("failed", await machine.ShowAsync("ActiveState", Cancel));
        Assert.Contains("--nonsense", await machine.JournalAsync(Cancel), StringComparison.Ordinal);

        await machine.OverrideAsync([], Cancel);
        _ = (await machine.ControlAsync("start", Cancel)).OrThrow();
        _ = (await machine.RunAsync(["dpkg", "--purge", "fastflannel"], Cancel)).OrThrow();
        Assert.Equal("inactive", await machine.ShowAsync("ActiveState", Cancel));
        Assert.False(await host.HasDeviceAsync("flannel0", Cancel));
    }

    private static string[] Settings => [$"FLANNELD_ETCD_ENDPOINTS={EtcdServer.Endpoint}", "FLANNELD_IFACE=eth0"];

    private static void SkipWithoutSystemd() => Assert.SkipUnless(File.Exists("/lib/systemd/systemd"), "no systemd here");

    /// <summary>A cluster of two hosts, the second without a daemon.</summary>
    private static async Task<LabCluster> StartAsync(string backend)
    {
        LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with
            {
                Hosts = 2,
                Config = LoadedHosts.ConfigOf(backend),
                Daemons = [new DaemonOptions { Path = DaemonBinary.Path }],
            },
            Cancel);
        try
        {
            await cluster.StartEtcdAsync(Cancel);
            await cluster.StartDaemonsAsync(Cancel);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    private static Endpoint EndOf(LabHost host, SystemdMachine machine) => new(host.Name, host.Namespace, machine.Env.OverlayAddress);

    private static async Task<SteadyTrafficResult[]> UnderTrafficAsync(Endpoint[] ends, Func<Task> happening)
    {
        await using var outwards = SteadyTraffic.Start(ends[0], ends[1], Datagrams);
        await using var inwards = SteadyTraffic.Start(ends[1], ends[0], Datagrams);
        await happening();
        SteadyTrafficResult[] results = await Task.WhenAll(outwards.FinishAsync(), inwards.FinishAsync());
        foreach (SteadyTrafficResult result in results)
            TestContext.Current.SendDiagnosticMessage("{0}", result);

        return results;
    }

    private static async Task<string> IndexAsync(LabHost host) =>
        (await host.Namespace.ExecAsync(["cat", "/sys/class/net/flannel0/ifindex"], Cancel)).OrThrow().Output;
}

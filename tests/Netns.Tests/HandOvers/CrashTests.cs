using FastFlannel.Lab;
using FastFlannel.Native;

namespace FastFlannel.Netns.Tests;

/// <summary>Daemons that are killed, and whose descriptors somebody holds meanwhile.</summary>
public class CrashTests
{
    private const int Datagrams = 1000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_under_the_supervisor_it_is_back_and_no_ping_and_no_stream_is_lost(bool isThroughKernel)
    {
        await using LabCluster cluster = await LabCluster.StartAsync(
            Clusters.Default with
            {
                Hosts = 2,
                Config = LoadedHosts.ConfigOf(isThroughKernel ? "" : LoadedHosts.RouterOnly),
                Daemons = [.. Enumerable.Repeat(Supervised, 2)],
            },
            Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        FlannelDaemon daemon = cluster.Hosts[0].Daemon;
        string index = await IndexAsync(cluster.Hosts[0]);
        await using var outwards = SteadyTraffic.Start(cluster.Containers[0], cluster.Containers[1], Datagrams);
        await using var inwards = SteadyTraffic.Start(cluster.Containers[1], cluster.Containers[0], Datagrams);

        string before = await ChildAsync(daemon);
        await KillAsync(before);
        _ = await Wait.UntilAsync(
            async () => await ChildAsync(daemon) != before && (await daemon.ReadStatusAsync(Cancel))?.Peers == 1,
            Limit, "another daemon to know its peer", Cancel);

        foreach (SteadyTrafficResult result in new[] { await outwards.FinishAsync(), await inwards.FinishAsync() })
        {
            TestContext.Current.SendDiagnosticMessage("kernel {0}: {1}", isThroughKernel, result);

            // What the router had read and not sent yet is lost with it; at the pings' rate that is one each way at the very most.
            Assert.InRange(result.PingsLost, 0, isThroughKernel ? 0 : 2);
            Assert.True(result.IsStreamWhole);
        }

        Assert.Equal(index, await IndexAsync(cluster.Hosts[0]));
        Assert.Equal(0, await daemon.StopAsync("TERM", Cancel));
        Assert.False(await cluster.Hosts[0].HasDeviceAsync("flannel0", Cancel));
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task What_a_service_manager_has_kept_is_used_again(string signal)
    {
        using var manager = new TestServiceManager();
        await using LabCluster cluster = await LabCluster.StartAsync(
            Clusters.Default with
            {
                Hosts = 2,
                Daemons =
                [
                    KeptBy(manager),
                    new DaemonOptions { Path = DaemonBinary.Path },
                ],
            },
            Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        LabHost host = cluster.Hosts[0];
        string index = await IndexAsync(host);
        Task<PingResult> pings = Ping.MeasureAsync(
            cluster.Containers[1], cluster.Containers[0], ["-c", "300", "-i", "0.01", "-W", "10"], Cancel);

        _ = await host.Daemon.StopAsync(signal, Cancel);
        manager.Read();
        Assert.Equal(["bpf.0", "bpf.1", "tun.0", "udp.0"], manager.Names);
        Assert.Equal(index, await IndexAsync(host));

        ChildProcess next = manager.Start(host);
        int code;
        try
        {
            PingResult result = await pings;
            Assert.True(result.Ok, result.ToString());

            // Pings pass the kernel's programs before the daemon is there.
            _ = await Wait.UntilAsync(
                async () => (await host.Daemon.ReadStatusAsync(Cancel))?.Peers == 1, Limit, "the next daemon to know its peer", Cancel);
            Assert.Equal(index, await IndexAsync(host));
            manager.Read();
            Assert.Equal(["bpf.0", "bpf.1", "tun.0", "udp.0"], manager.Names);
        }
        finally
        {
            next.Kill(15);
            code = next.Wait();
        }

        Assert.Equal(0, code);
    }

    [Fact]
    public async Task What_the_daemon_runs_neither_hears_of_its_descriptors_nor_has_them()
    {
        string directory = Directory.CreateTempSubdirectory("ffenv").FullName;
        try
        {
            string tool = Path.Combine(directory, "iptables-save");
            await File.WriteAllTextAsync(
                tool,
                $"#!/bin/sh\n[ -e {directory}/env ] || {{ env > {directory}/env; ls -l /proc/self/fd > {directory}/descriptors; }}\n"
                    + "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nexec iptables-save \"$@\"\n",
                Cancel);
            File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            DaemonOptions daemon = Supervised with
            {
                Launcher = ["env", $"PATH={directory}:{Environment.GetEnvironmentVariable("PATH")}"],
            };
            await using LabCluster cluster = await LabCluster.StartAsync(
                Clusters.Default with { Hosts = 1, Daemons = [daemon] }, Cancel);
            string[] variables = await File.ReadAllLinesAsync(Path.Combine(directory, "env"), Cancel);
            string[] descriptors = await File.ReadAllLinesAsync(Path.Combine(directory, "descriptors"), Cancel);

            Assert.Contains(variables, line => line.StartsWith("NOTIFY_SOCKET=/proc/self/fd/", StringComparison.Ordinal));
            Assert.DoesNotContain(variables, line => line.StartsWith("LISTEN_", StringComparison.Ordinal));

            // Queues, programs, the supervisor's socket; what the tests' own shell has open is passed on by everybody.
            string[] ours = ["/dev/net/tun", "anon_inode:", "fastflannel-notify"];
            Assert.NotEmpty(descriptors);
            Assert.DoesNotContain(descriptors, line => ours.Any(one => line.Contains(one, StringComparison.Ordinal)));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("", "the programs of this run")]
    [InlineData(LoadedHosts.RouterOnly, "none")]
    public async Task Programs_of_a_killed_run_are_taken_off_though_somebody_keeps_them(string backend, string next)
    {
        using var manager = new TestServiceManager { ForgetsNothing = true };
        await using LabCluster cluster = await StartAndKillAsync(manager);
        LabHost host = cluster.Hosts[0];
        Assert.Empty(manager.DevicesOfPrograms);
        await cluster.Etcd.PutAsync($"{cluster.Options.Prefix}/config", LoadedHosts.ConfigOf(backend), Cancel);

        ChildProcess again = manager.Start(host);
        try
        {
            _ = await Wait.UntilAsync(
                () =>
                {
                    manager.Read();
                    return Task.FromResult(manager.DevicesOfPrograms is [0, 0]);
                },
                Limit, $"no program to be on the devices but {next}", Cancel);
            string[] programs = backend == "" ? ["bpf.0", "bpf.1"] : [];
            Assert.Equal([.. programs, "tun.0", "udp.0"], manager.Names);
        }
        finally
        {
            again.Kill(15);
            _ = again.Wait();
        }
    }

    [Fact]
    public async Task What_another_backend_has_no_use_for_is_closed()
    {
        using var manager = new TestServiceManager();
        await using LabCluster cluster = await StartAndKillAsync(manager);
        LabHost host = cluster.Hosts[0];
        await cluster.Etcd.PutAsync(
            $"{cluster.Options.Prefix}/config", """{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}""", Cancel);

        ChildProcess next = manager.Start(host);
        try
        {
            _ = await Wait.UntilAsync(
                async () => await host.HasDeviceAsync("flannel.1", Cancel) && !await host.HasDeviceAsync("flannel0", Cancel),
                Limit, "the device of vxlan to have taken the other's place", Cancel);
            _ = await Wait.UntilAsync(
                () =>
                {
                    manager.Read();
                    return Task.FromResult(manager.Names.Count == 0);
                },
                Limit, "all that was kept to be forgotten", Cancel);
        }
        finally
        {
            next.Kill(15);
            _ = next.Wait();
        }
    }

    /// <summary>A host whose daemon was killed, after a service manager had got what it keeps.</summary>
    private static async Task<LabCluster> StartAndKillAsync(TestServiceManager manager)
    {
        LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 1, Daemons = [KeptBy(manager)] }, Cancel);
        try
        {
            _ = await cluster.Hosts[0].Daemon.StopAsync("KILL", Cancel);
            manager.Read();
            Assert.Equal(["bpf.0", "bpf.1", "tun.0", "udp.0"], manager.Names);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    private static DaemonOptions KeptBy(TestServiceManager manager) =>
        new() { Path = DaemonBinary.Path, Launcher = ["env", $"NOTIFY_SOCKET={manager.SocketPath}"] };

    private static DaemonOptions Supervised =>
        new() { Path = DaemonBinary.Path, Command = ["run", "--supervised"] };

    private static async Task<string> ChildAsync(FlannelDaemon daemon)
    {
        int parent = daemon.Process.Id;
        return (await File.ReadAllTextAsync($"/proc/{parent}/task/{parent}/children", Cancel)).Trim();
    }

    private static async Task KillAsync(string process)
    {
        using var kill = System.Diagnostics.Process.Start("kill", ["-KILL", process]);
        await kill.WaitForExitAsync(Cancel);
    }

    private static async Task<string> IndexAsync(LabHost host) =>
        (await host.Namespace.ExecAsync(["cat", "/sys/class/net/flannel0/ifindex"], Cancel)).OrThrow().Output;
}

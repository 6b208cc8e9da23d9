using System.Globalization;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class DeviceLossTests
{
    private const int TicksPerSecond = 100; // USER_HZ, the same on every architecture we run on

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deleted_device_is_made_again_without_spinning()
    {
        await using LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 2 }, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        LabHost host = cluster.Hosts[0];

        await host.Namespace.IpAsync(["link delete flannel0"], Cancel);
        long before = ProcessorTicks(host.Daemon.Process.Id);
        await Task.Delay(TimeSpan.FromSeconds(1), Cancel);
        long used = ProcessorTicks(host.Daemon.Process.Id) - before;

        // flanneld's loop takes a whole processor here.
        Assert.InRange(used, 0, TicksPerSecond / 2);
        _ = await Wait.UntilAsync(() => host.HasDeviceAsync("flannel0", Cancel), Limit, "flannel0 to be made again", Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        Assert.True(host.Daemon.IsRunning);
    }

    [Fact]
    public async Task A_device_that_cannot_be_made_again_at_once_is_made_as_soon_as_it_can()
    {
        await using LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 2 }, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        LabHost host = cluster.Hosts[0];

        await TakeNameAsync(host);
        await host.Namespace.IpAsync(["link delete flannel0"], Cancel);

        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        Assert.True(host.Daemon.IsRunning);
    }

    [Fact]
    public async Task While_the_device_cannot_be_made_again_another_daemon_can_take_over()
    {
        await using LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 2 }, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        LabHost host = cluster.Hosts[0];
        await TakeNameAsync(host);

        await using LabProcess before = host.Daemon.StartSuccessor();
        await host.Daemon.WaitReadyAsync(Cancel);

        Assert.Equal(0, await before.WaitForExitAsync(Limit, Cancel));
        Assert.True(await host.HasDeviceAsync("flannel1", Cancel));
    }

    /// <summary>Deletes the device and has another one in its place.</summary>
    private static async Task TakeNameAsync(LabHost host)
    {
        // Awake, the daemon would be faster.
        await host.Daemon.Process.SignalAsync("STOP", Cancel);
        await host.Namespace.IpAsync(["link delete flannel0", "link add flannel0 type bridge"], Cancel);
        await host.Daemon.Process.SignalAsync("CONT", Cancel);
        await host.Daemon.WaitForLogAsync("Could not make flannel0 again", Limit, Cancel);
    }

    /// <summary>User and system time of a process: fields 14 and 15 of proc_pid_stat(5), counted after the name.</summary>
    private static long ProcessorTicks(int id)
    {
        string stat = File.ReadAllText($"/proc/{id}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }
}

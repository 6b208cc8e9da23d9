using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Daemons of a user that is not root and has few capabilities or none.</summary>
public class UnprivilegedTests(UnprivilegedTests.AnybodysBinary binary) : IClassFixture<UnprivilegedTests.AnybodysBinary>
{
    private const string User = "65534";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("udp")]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task CAP_NET_ADMIN_is_enough(string backend)
    {
        await using LabCluster cluster = await CreateAsync(2, backend, "net_admin");
        foreach (LabHost host in cluster.Hosts)
            await GiveSubnetDirectoryAsync(host);

        await cluster.StartDaemonsAsync(Cancel);
        await cluster.AddContainersAsync(Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);

        FlannelDaemon daemon = cluster.Hosts[0].Daemon;
        string status = await File.ReadAllTextAsync($"/proc/{daemon.Process.Id}/status", Cancel);
        Assert.Contains($"Uid:\t{User}\t{User}\t", status, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000001000\n", status, StringComparison.Ordinal);
        if (backend == "udp")
            await daemon.WaitForLogAsync("this process does not have CAP_BPF and CAP_PERFMON", Limit, Cancel);

        // What others do to the kernel is put back without root too.
        string[] lines = await KernelLines.ReadAsync(cluster.Hosts[0].Namespace, Cancel);
        string route = lines.First(line =>
            line.StartsWith("route unicast 10.5.", StringComparison.Ordinal) && !line.Contains("dev cbr", StringComparison.Ordinal));
        await cluster.Hosts[0].Namespace.IpAsync([$"route del {route.Split(' ')[2]}"], Cancel);
        _ = await KernelLines.WaitForAsync(cluster.Hosts[0].Namespace, lines, Limit, Cancel);
        Assert.Equal(0, await daemon.StopAsync("TERM", Cancel));
    }

    [Fact]
    public async Task With_CAP_BPF_and_CAP_PERFMON_as_well_the_kernel_tunnel_works()
    {
        await using LabCluster cluster = await CreateAsync(2, "udp", "net_admin", "bpf", "perfmon");
        foreach (LabHost host in cluster.Hosts)
            await GiveSubnetDirectoryAsync(host);

        await cluster.StartDaemonsAsync(Cancel);

        string state = (await cluster.Hosts[0].Daemon.ReadStatusAsync(Cancel))!.Offloads!["kernelTunnel"];
        Assert.True(state == "on", state);
    }

    [Fact]
    public async Task The_alloc_backend_needs_no_capability()
    {
        await using LabCluster cluster = await CreateAsync(1, "alloc");
        await GiveSubnetDirectoryAsync(cluster.Hosts[0]);

        await cluster.StartDaemonsAsync(Cancel);
    }

    [Fact]
    public async Task Without_CAP_NET_ADMIN_it_says_what_is_missing_before_it_writes_anything()
    {
        await using LabCluster cluster = await CreateAsync(1, "vxlan", "net_raw");
        await GiveSubnetDirectoryAsync(cluster.Hosts[0]);

        await AssertFailsAsync(
            cluster, "the vxlan backend changes devices and routes, and this process, of user 65534, does not have CAP_NET_ADMIN: ");
    }

    [Fact]
    public async Task Without_a_place_for_subnet_env_it_says_so_before_it_writes_anything()
    {
        await using LabCluster cluster = await CreateAsync(1, "udp", "net_admin");

        await AssertFailsAsync(cluster, $"cannot write --subnet-file {cluster.Hosts[0].Daemon.SubnetFile} as user 65534: ");
    }

    [Fact]
    public async Task Without_the_right_to_open_the_TUN_device_it_says_so_before_it_writes_anything()
    {
        await using LabCluster cluster = await CreateAsync(1, "udp", tunMode: "600", ["net_admin"]);
        await GiveSubnetDirectoryAsync(cluster.Hosts[0]);

        await AssertFailsAsync(cluster, "this user may not open /dev/net/tun");
    }

    private Task<LabCluster> CreateAsync(int hosts, string backend, params string[] capabilities) =>
        CreateAsync(hosts, backend, tunMode: "666", capabilities);

    // The TUN device gets its mode in mounts of the daemon's own; udev would give it 666, but not every test machine has udev.
    private async Task<LabCluster> CreateAsync(int hosts, string backend, string tunMode, string[] capabilities)
    {
        string set = string.Concat(capabilities.Select(name => $",+{name}"));
        DaemonOptions daemon = new()
        {
            Path = binary.File,
            Launcher =
            [
                "unshare", "--mount", "--propagation", "private", "sh", "-euc",
                $"mount -t tmpfs none /dev/net; mknod -m {tunMode} /dev/net/tun c 10 200; exec \"$@\"", "sh",
                "setpriv", "--reuid", User, "--regid", User, "--clear-groups", "--no-new-privs",
                "--inh-caps", $"-all{set}", "--ambient-caps", $"-all{set}", "--bounding-set", $"-all{set}",
            ],
        };
        LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with { Hosts = hosts, Backend = backend, Daemons = [.. Enumerable.Repeat(daemon, hosts)] }, Cancel);
        try
        {
            await cluster.StartEtcdAsync(Cancel);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>As RuntimeDirectory of a systemd unit does.</summary>
    private static async Task GiveSubnetDirectoryAsync(LabHost host)
    {
        string directory = Directory.CreateDirectory(Path.GetDirectoryName(host.Daemon.SubnetFile)!).FullName;
        _ = (await Command.RunAsync(["chown", $"{User}:{User}", directory], Cancel)).OrThrow();
    }

    private static async Task AssertFailsAsync(LabCluster cluster, string message)
    {
        FlannelDaemon daemon = cluster.Hosts[0].Daemon;
        await daemon.StartAsync();

        await daemon.WaitForLogAsync(message, Limit, Cancel);
        Assert.Equal(1, await daemon.Process.WaitForExitAsync(Limit, Cancel));
        _ = Assert.Single(await cluster.Etcd.ListAsync("/", Cancel)); // the config
    }

    /// <summary>A copy of the binary where every user may run it, wherever the checkout is.</summary>
    public sealed class AnybodysBinary : IDisposable
    {
        private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

        public AnybodysBinary()
        {
            System.IO.File.SetUnixFileMode(_directory, (UnixFileMode)0b111_101_101);
            System.IO.File.Copy(DaemonBinary.Path, File);
        }

        internal string File => Path.Combine(_directory, "fastflannel");

        public void Dispose() => Directory.Delete(_directory, recursive: true);
    }
}

using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>The image of <c>dist/Containerfile</c>, built and run by a real dockerd as docs/operations.md says.</summary>
public class ContainerImageTests
{
    private const string Base = "lab-base";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_daemon_in_a_container_carries_the_hosts_packets_with_the_rights_it_is_given()
    {
        Assert.SkipUnless(DockerBinaries.AreThere, DockerBinaries.Missing);
        var plain = new DaemonOptions { Path = DaemonBinary.Path };
        await using LabCluster cluster = await LabCluster.CreateAsync(Clusters.Default with { Hosts = 2, Daemons = [plain] }, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        await cluster.StartDaemonsAsync(Cancel);
        LabHost host = cluster.Hosts[1];
        await using DockerHost docker = new(host, cluster.Name);
        await docker.StartAsync("exec \"$@\" --bridge=none", Cancel);

        // The base that the file names has these libraries, too; here is nowhere to have it from.
        IReadOnlyList<string> libraries = await BinaryLibraries.FindAsync(Cancel);
        await docker.ImportAsync(Base, libraries.Select(file => (file, file)), Cancel);
        _ = await docker.DockerAsync(
            ["build", "--build-arg", $"BASE={Base}", "-f", Checkout.File("dist/Containerfile"), "-t", "fastflannel", Checkout.Root], Cancel);

        // Docker 20.10 knows no BPF and PERFMON to give.
        string run = Directory.CreateDirectory(Path.Combine(host.Directory, "run")).FullName;
        _ = await docker.DockerAsync(
            [
                "run", "--detach", "--name", DockerHost.ContainerName, "--network", "host", "--cap-drop", "ALL", "--cap-add", "NET_ADMIN",
                "--device", "/dev/net/tun", "--security-opt", "systempaths=unconfined", "-v", $"{run}:/run/flannel", "fastflannel",
                "--etcd-endpoints", EtcdServer.Endpoint, "--iptables-forward-rules=false", "--iface", "eth0",
            ],
            Cancel);

        string file = Path.Combine(run, "subnet.env");
        await docker.WaitForLogAsync("Ready: wrote /run/flannel/subnet.env", Limit, Cancel);
        Endpoint[] ends =
        [
            cluster.Hosts[0].OverlayEndpoint(cluster.Hosts[0].Daemon),
            new Endpoint(host.Name, host.Namespace, SubnetEnv.Read(file).OverlayAddress),
        ];
        _ = await Ping.WaitForMeshAsync(ends, Limit, Cancel);
        Assert.DoesNotContain(await docker.LogAsync(Cancel), line => line.StartsWith('W') || line.StartsWith('E'));

        _ = await docker.DockerAsync(["stop", DockerHost.ContainerName], Cancel);
        Assert.Equal("0", await docker.DockerAsync(["inspect", "--format", "{{.State.ExitCode}}", DockerHost.ContainerName], Cancel));
        Assert.False(await host.HasDeviceAsync("flannel0", Cancel));
    }
}

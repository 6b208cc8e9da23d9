using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Containers of a real dockerd reach each other over the overlay, however dockerd is told of subnet and MTU.</summary>
public class DockerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task By_options_by_its_configuration_file_and_by_a_network_of_its_own()
    {
        Assert.SkipUnless(DockerBinaries.AreThere, DockerBinaries.Missing);
        await using LabCluster cluster = await LabCluster.CreateAsync(Clusters.Default, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        await cluster.StartDaemonsAsync(Cancel);
        await using DockerHost first = new(cluster.Hosts[0], cluster.Name);
        await using DockerHost second = new(cluster.Hosts[1], cluster.Name);
        await using DockerHost third = new(cluster.Hosts[2], cluster.Name);

        await Task.WhenAll(StartByOptionsAsync(), StartByFileAsync(), StartByNetworkAsync());

        DockerHost[] all = [first, second, third];
        foreach ((DockerHost docker, LabHost host) in all.Zip(cluster.Hosts))
        {
            Assert.StartsWith(host.Daemon.Env.BridgeAddress[..^1], docker.Address, StringComparison.Ordinal);
            Assert.Equal("1472", await docker.ExecAsync("cat /sys/class/net/eth0/mtu", Cancel));
        }

        foreach (DockerHost from in all)
        {
            foreach (DockerHost to in all.Where(other => other != from))
            {
                _ = await Wait.UntilAsync(
                    () => from.CanAsync($"ping -c 1 -W 1 {to.Address}", Cancel), Limit, $"{to.Address} to answer {from.Address}", Cancel);
                Assert.Equal(
                    await to.ExecAsync("sha256sum < /srv/data", Cancel),
                    await from.ExecAsync($"wget -q -O - http://{to.Address}/data | sha256sum", Cancel));
            }
        }

        async Task StartByOptionsAsync()
        {
            LabHost host = cluster.Hosts[0];
            string file = Path.Combine(host.Directory, "docker_opts.env");
            await TellAsync(host, "-d", file);
            await first.StartAsync($". {file}; exec \"$@\" $DOCKER_OPTS", Cancel);
            await first.RunContainerAsync([], Cancel);
        }

        async Task StartByFileAsync()
        {
            LabHost host = cluster.Hosts[1];
            string file = Path.Combine(host.Directory, "daemon.json");
            await File.WriteAllTextAsync(file, """{"labels":["kept=yes"]}""", Cancel);
            await TellAsync(host, "--daemon-json", file);
            await second.StartAsync($"exec \"$@\" --config-file {file}", Cancel);
            Assert.Equal("[kept=yes]", await second.DockerAsync(["info", "--format", "{{.Labels}}"], Cancel));
            await second.RunContainerAsync([], Cancel);
        }

        async Task StartByNetworkAsync()
        {
            SubnetEnv env = cluster.Hosts[2].Daemon.Env;
            await third.StartAsync("exec \"$@\" --bridge=none", Cancel);
            _ = await third.DockerAsync(
                [
                    "network", "create", "--subnet", env.Subnet, "--gateway", env.BridgeAddress,
                    "--opt", $"com.docker.network.driver.mtu={env.Mtu}", "flannel",
                ],
                Cancel);
            await third.RunContainerAsync(["--network", "flannel"], Cancel);
        }
    }

    [Fact]
    public async Task A_subnet_that_is_routed_to_another_host_is_told_and_the_options_are_written()
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(Clusters.Default with { Hosts = 1 }, Cancel);
        LabHost host = cluster.Hosts[0];
        string env = Path.Combine(host.Directory, "subnet.env");
        string file = Path.Combine(host.Directory, "docker_opts.env");
        await File.WriteAllTextAsync(env, "FLANNEL_SUBNET=10.5.16.1/24\n", Cancel);
        await host.Namespace.IpAsync(["route add 10.5.16.0/24 via 192.168.77.1"], Cancel);

        CommandResult told = await host.Namespace.ExecAsync([DaemonBinary.Path, "docker-opts", "-f", env, "-c", "-d", file], Cancel);
        Assert.Equal(1, told.ExitCode);
        Assert.StartsWith(
            "Your routing table already contains the subnet: 10.5.16.0/24 via 192.168.77.1", told.Error, StringComparison.Ordinal);
        Assert.Equal("DOCKER_OPTS=\" --bip=10.5.16.1/24\"\n", await File.ReadAllTextAsync(file, Cancel));

        await host.Namespace.IpAsync(["route replace 10.5.16.0/24 dev eth0"], Cancel);
        _ = (await host.Namespace.ExecAsync([DaemonBinary.Path, "docker-opts", "-f", env, "-c", "-d", "/dev/stdout"], Cancel)).OrThrow();
    }

    private static async Task TellAsync(LabHost host, params string[] arguments) => _ = (await host.Namespace.ExecAsync(
        [DaemonBinary.Path, "docker-opts", "-f", host.Daemon.SubnetFile, .. arguments], Cancel)).OrThrow();
}

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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rules_of_dockerd_and_of_the_daemon_get_along_whoever_starts_first(bool dockerFirst)
    {
        Assert.SkipUnless(DockerBinaries.AreThere, DockerBinaries.Missing);
        await using LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with { Hosts = 2, DaemonArguments = ["--ip-masq", "--iptables-resync=1"] }, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        await cluster.StartDaemonsAsync(Cancel);
        await using DockerHost first = new(cluster.Hosts[0], cluster.Name) { HasFirewall = true };
        await using DockerHost second = new(cluster.Hosts[1], cluster.Name) { HasFirewall = true };
        DockerHost[] all = [first, second];
        await Task.WhenAll(all.Zip(cluster.Hosts).Select(async pair =>
        {
            (DockerHost docker, LabHost host) = pair;
            string file = Path.Combine(host.Directory, "docker_opts.env");
            await TellAsync(host, "-d", file);

            // Where dockerd switches forwarding on, it has FORWARD drop what nobody accepts.
            await host.Namespace.SetAsync("ipv4/ip_forward", "0", Cancel);
            if (dockerFirst)
                _ = await host.Daemon.StopAsync("TERM", Cancel);

            await docker.StartAsync($". {file}; exec \"$@\" $DOCKER_OPTS", Cancel);
            await docker.RunContainerAsync([], Cancel);
        }));
        if (dockerFirst)
            await cluster.StartDaemonsAsync(Cancel);

        foreach (LabHost host in cluster.Hosts)
        {
            string rules = (await host.Namespace.ExecAsync(["iptables-save"], Cancel)).OrThrow().Output;
            Assert.Contains(":FORWARD DROP", rules, StringComparison.Ordinal);
            Assert.Contains("-j DOCKER-USER", rules, StringComparison.Ordinal);
        }

        _ = await Wait.UntilAsync(
            () => first.CanAsync($"ping -c 1 -W 1 {second.Address}", Cancel), Limit, $"{second.Address} to answer {first.Address}", Cancel);
        Assert.Equal(
            await second.ExecAsync("sha256sum < /srv/data", Cancel),
            await first.ExecAsync($"wget -q -O - http://{second.Address}/data | sha256sum", Cancel));

        // Outside they have the host's address, and in the overlay their own.
        Assert.True(await first.CanAsync($"ping -c 1 -W 10 {Underlay.Gateway}", Cancel));
        Assert.DoesNotContain(cluster.Hosts[0].Daemon.Process.Lines, line => line.StartsWith('W') || line.StartsWith('E'));
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

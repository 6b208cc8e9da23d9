using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Whatever somebody does to what is a daemon's in the kernel, all is as before soon after.</summary>
public class HealingTests
{
    // Some milliseconds do on an idle machine. Far less than the slow timer, so that it is events that are followed.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Vxlan() => await HealAsync(
        Clusters.Default with { Hosts = 2, Backend = "vxlan" },
        "route del {peer}/24",
        "route replace {peer}/24 via 192.168.77.1",
        "route replace blackhole {peer}/24",
        "neighbour del {peer} dev flannel.1",
        "neighbour replace {peer} lladdr 02:00:00:00:00:99 dev flannel.1 nud permanent",
        "neighbour replace {peer} lladdr {mac} dev flannel.1 nud reachable",
        "bridge fdb del {mac} dev flannel.1 dst {host}",
        "bridge fdb replace {mac} dev flannel.1 dst 192.168.77.99 self permanent",
        "bridge fdb replace {mac} dev flannel.1 dst {host} port 4789 self permanent",
        "bridge fdb replace {mac} dev flannel.1 dst {host} vni 7 self permanent",
        "bridge fdb replace {mac} dev flannel.1 dst {host} via eth0 self permanent",
        "address del {own}/32 dev flannel.1",
        "link set flannel.1 down",
        "link set flannel.1 name renamed",
        "link set flannel.1 mtu 1400",
        "link set flannel.1 address 02:00:00:00:00:98",
        "link set flannel.1 type vxlan learning",
        "link del flannel.1");

    [Fact]
    public async Task Vxlan_of_both_families() => await HealAsync(
        Clusters.Default with { Hosts = 2, Backend = "vxlan", Ipv6Network = "fd05::/56" },
        "-6 route del {peer6}/64",
        "-6 route replace {peer6}/64 via fd77::1",
        "neighbour del {peer6} dev flannel-v6.1",
        "bridge fdb del {mac6} dev flannel-v6.1 dst {host6}",
        "bridge fdb replace {mac6} dev flannel-v6.1 dst {host6} port 4789 self permanent",
        "address del {own6}/128 dev flannel-v6.1",
        "link set flannel-v6.1 down",
        "link set flannel.1 down",
        "link del flannel-v6.1");

    [Fact]
    public async Task HostGateway() => await HealAsync(
        Clusters.Default with { Hosts = 2, Backend = "host-gw", Ipv6Network = "fd05::/56" },
        "route del {peer}/24",
        "route replace {peer}/24 via 192.168.77.1",
        "-6 route del {peer6}/64",
        "-6 route replace {peer6}/64 via fd77::1");

    [Fact]
    public async Task Udp() => await HealAsync(
        Clusters.Default with { Hosts = 2 },
        "route del 10.5.0.0/16",
        "route replace 10.5.0.0/16 via 192.168.77.1",
        "address del {own}/32 dev flannel0",
        "link set flannel0 mtu 1400",
        "link set flannel0 name renamed",
        "link set flannel0 down");

    [Fact]
    public async Task Udp_of_both_families() => await HealAsync(
        Clusters.Default with { Hosts = 2, Ipv6Network = "fd05::/56" },
        "-6 route del fd05::/56",
        "-6 route replace fd05::/56 via fd77::1",
        "address del {own6}/128 dev flannel0",
        "link set flannel0 down");

    [Fact]
    public async Task The_interface_down_and_up_again()
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 2, Backend = "host-gw" }, Cancel);
        LabHost host = cluster.Hosts[0];
        string[] before = await KernelLines.ReadAsync(host.Namespace, Cancel);

        await host.Namespace.IpAsync(["link set eth0 down"], Cancel);
        _ = await Wait.UntilAsync(
            async () => (await KernelLines.ReadAsync(host.Namespace, Cancel)).Length == 0, Limit, "the route to go", Cancel);
        await host.Namespace.IpAsync(["link set eth0 up", "route add default via 192.168.77.1"], Cancel);

        _ = await KernelLines.WaitForAsync(host.Namespace, before, Limit, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
    }

    [Fact]
    public async Task A_device_that_takes_our_VNI_is_named_and_left_alone_until_it_is_gone()
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 2, Backend = "vxlan" }, Cancel);
        LabHost host = cluster.Hosts[0];
        string[] before = await KernelLines.ReadAsync(host.Namespace, Cancel);

        // Else the daemon would make its device again between the two.
        await host.Daemon.Process.SignalAsync("STOP", Cancel);
        await host.Namespace.IpAsync(
            ["link del flannel.1", $"link add other type vxlan id 1 dstport 8472 local {host.Address} dev eth0"], Cancel);
        await host.Daemon.Process.SignalAsync("CONT", Cancel);
        await host.Daemon.WaitForLogAsync("the device other has VNI 1 and port 8472 already", Limit, Cancel);
        Assert.Equal("flannel.1", Assert.Single((await host.Daemon.ReadStatusAsync(Cancel))!.KernelTroubles!).Key);

        await host.Namespace.IpAsync(["link del other"], Cancel);
        _ = await KernelLines.WaitForAsync(host.Namespace, before, Limit, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
    }

    [Fact]
    public async Task A_route_put_before_ours_is_removed()
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 2, Backend = "vxlan" }, Cancel);
        LabHost host = cluster.Hosts[0];
        string[] before = await KernelLines.ReadAsync(host.Namespace, Cancel);
        await DamageAsync(cluster, await NamesAsync(cluster), "route prepend {peer}/24 via 192.168.77.1");

        await host.Daemon.WaitForLogAsync("that lead to no peer", Limit, Cancel);
        _ = await KernelLines.WaitForAsync(host.Namespace, before, Limit, Cancel);
    }

    private static async Task HealAsync(LabClusterOptions options, params string[] damages)
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(options, Cancel);
        LabHost host = cluster.Hosts[0];
        string[] before = await KernelLines.ReadAsync(host.Namespace, Cancel);
        string? lease = (await cluster.Etcd.GetAsync(host.FullLeaseKey, Cancel))?.Value;
        Dictionary<string, string> names = await NamesAsync(cluster);
        foreach (string damage in damages)
        {
            long repairs = await RepairsAsync(host);
            await DamageAsync(cluster, names, damage);

            // The count says that there was a damage: what was healed already cannot be seen.
            _ = await Wait.UntilAsync(
                async () => await RepairsAsync(host) > repairs, Limit, $"a repair after `{damage}`", Cancel);
            TimeSpan time = await KernelLines.WaitForAsync(host.Namespace, before, Limit, Cancel);
            TestContext.Current.SendDiagnosticMessage(
                $"{options.Backend}: `{damage}` healed, seen after {time.TotalMilliseconds:0} ms more");
        }

        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        Assert.Equal(lease, (await cluster.Etcd.GetAsync(host.FullLeaseKey, Cancel))?.Value);
        Assert.Empty((await host.Daemon.ReadStatusAsync(Cancel))!.KernelTroubles!);
    }

    private static async Task DamageAsync(LabCluster cluster, Dictionary<string, string> names, string damage)
    {
        string command = names.Aggregate(damage, (so, name) => so.Replace($"{{{name.Key}}}", name.Value, StringComparison.Ordinal));
        if (command.StartsWith("bridge ", StringComparison.Ordinal))
            await cluster.Hosts[0].BridgeAsync(command["bridge ".Length..], Cancel);
        else
            _ = (await cluster.Hosts[0].Namespace.ExecAsync(["ip", .. command.Split(' ')], Cancel)).OrThrow();
    }

    private static async Task<Dictionary<string, string>> NamesAsync(LabCluster cluster)
    {
        (LabHost host, LabHost peer) = (cluster.Hosts[0], cluster.Hosts[1]);
        return new Dictionary<string, string>
        {
            ["own"] = host.Daemon.Env.OverlayAddress,
            ["own6"] = host.Daemon.Env.Ipv6?.OverlayAddress ?? "",
            ["peer"] = peer.Daemon.Env.OverlayAddress,
            ["peer6"] = peer.Daemon.Env.Ipv6?.OverlayAddress ?? "",
            ["host"] = peer.Address,
            ["host6"] = peer.Ipv6Address,
            ["mac"] = await peer.HasDeviceAsync("flannel.1", Cancel) ? await peer.MacOfAsync("flannel.1", Cancel) : "",
            ["mac6"] = await peer.HasDeviceAsync("flannel-v6.1", Cancel) ? await peer.MacOfAsync("flannel-v6.1", Cancel) : "",
        };
    }

    private static async Task<long> RepairsAsync(LabHost host) =>
        (await host.Daemon.ReadStatusAsync(Cancel))?.KernelRepairs ?? 0;
}

using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>What a start makes of a device that an earlier run, or nobody, has left.</summary>
public class VxlanDeviceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_changed_MTU_and_learning_are_applied_to_the_device_that_is_there()
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 2, Backend = "vxlan" }, Cancel);
        LabHost host = cluster.Hosts[0];
        (string index, string mac) = await IdentityAsync(host);

        await RestartAsync(cluster, host, """{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan","MTU":1400,"Learning":true}}""");

        Assert.Equal((index, mac), await IdentityAsync(host));
        string[] lines = await KernelLines.ReadAsync(host.Namespace, Cancel);
        string link = Assert.Single(lines, line => line.StartsWith("link ", StringComparison.Ordinal));
        Assert.Contains(" mtu 1350 ", link, StringComparison.Ordinal);
        Assert.Contains(" learning=true ", link, StringComparison.Ordinal);
        Assert.Equal(1350, host.Daemon.Env.Mtu);
    }

    [Fact]
    public async Task A_device_of_another_port_is_made_anew_with_the_Ethernet_address_it_had()
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 2, Backend = "vxlan" }, Cancel);
        LabHost host = cluster.Hosts[0];
        (string index, string mac) = await IdentityAsync(host);

        const string Config = """{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan","Port":4789}}""";
        await RestartAsync(cluster, host, Config);
        await RestartAsync(cluster, cluster.Hosts[1], Config);

        (string newIndex, string newMac) = await IdentityAsync(host);
        Assert.NotEqual(index, newIndex);
        Assert.Equal(mac, newMac);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        Assert.Contains("its port is 8472, expected 4789", string.Join('\n', host.Daemon.Process.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_reboot_the_device_gets_the_Ethernet_address_that_peers_know()
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 2, Backend = "vxlan", Ipv6Network = "fd05::/56" }, Cancel);
        LabHost host = cluster.Hosts[0];
        string[] before = await KernelLines.ReadAsync(host.Namespace, Cancel);
        string? lease = (await cluster.Etcd.GetAsync(host.FullLeaseKey, Cancel))?.Value;

        _ = await host.Daemon.StopAsync("KILL", Cancel);
        await host.Namespace.IpAsync(["link del flannel.1", "link del flannel-v6.1"], Cancel);
        await cluster.StartDaemonsAsync(Cancel);

        Assert.Equal(before, await KernelLines.ReadAsync(host.Namespace, Cancel));
        Assert.Equal(lease, (await cluster.Etcd.GetAsync(host.FullLeaseKey, Cancel))?.Value);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
    }

    [Fact]
    public async Task A_device_with_another_Ethernet_address_than_the_lease_says_is_announced_to_the_peers()
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 2, Backend = "vxlan" }, Cancel);
        LabHost host = cluster.Hosts[0];
        _ = await host.Daemon.StopAsync("TERM", Cancel);
        await host.Namespace.IpAsync(["link set flannel.1 address 02:00:00:00:00:42"], Cancel);

        await cluster.StartDaemonsAsync(Cancel);

        EtcdEntry lease = (await cluster.Etcd.GetAsync(host.FullLeaseKey, Cancel))!;
        Assert.Contains("02:00:00:00:00:42", lease.Value, StringComparison.Ordinal);
        Assert.Equal("02:00:00:00:00:42", await host.MacOfAsync("flannel.1", Cancel));
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
    }

    [Fact]
    public async Task An_Ethernet_address_that_no_device_takes_gives_way_to_a_new_one_which_peers_are_told()
    {
        await using LabCluster cluster = await BackendClusters.StartAsync(
            Clusters.Default with { Hosts = 2, Backend = "vxlan" }, Cancel);
        LabHost host = cluster.Hosts[0];
        string mac = await host.MacOfAsync("flannel.1", Cancel);
        _ = await host.Daemon.StopAsync("TERM", Cancel);
        await host.Namespace.IpAsync(["link del flannel.1"], Cancel);
        EtcdEntry lease = (await cluster.Etcd.GetAsync(host.FullLeaseKey, Cancel))!;
        await cluster.Etcd.PutAsync(
            lease.Key, lease.Value.Replace(mac, "01:00:5e:00:00:01", StringComparison.Ordinal), Cancel); // a group's

        await cluster.StartDaemonsAsync(Cancel);

        string now = await host.MacOfAsync("flannel.1", Cancel);
        Assert.Equal(
            lease.Value.Replace(mac, now, StringComparison.Ordinal),
            (await cluster.Etcd.GetAsync(host.FullLeaseKey, Cancel))!.Value);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
    }

    [Fact]
    public async Task A_VNI_that_another_device_has_ends_the_daemon_before_it_leases()
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with { Hosts = 1, Backend = "vxlan" }, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        LabHost host = cluster.Hosts[0];
        await host.Namespace.IpAsync([$"link add other type vxlan id 1 dstport 8472 local {host.Address} dev eth0"], Cancel);
        await host.Daemon.StartAsync();

        Assert.Equal(1, await host.Daemon.Process.WaitForExitAsync(Limit, Cancel));
        Assert.Contains("the device other has VNI 1 and port 8472 already", host.Daemon.DescribeLog(), StringComparison.Ordinal);
        Assert.Empty(await cluster.Etcd.ListAsync($"{cluster.Options.Prefix}/subnets", Cancel));
    }

    private static async Task<(string Index, string Mac)> IdentityAsync(LabHost host) =>
        (await host.IndexOfAsync("flannel.1", Cancel), await host.MacOfAsync("flannel.1", Cancel));

    private static async Task RestartAsync(LabCluster cluster, LabHost host, string config)
    {
        _ = await host.Daemon.StopAsync("TERM", Cancel);
        await cluster.Etcd.PutAsync($"{cluster.Options.Prefix}/config", config, Cancel);
        await host.Daemon.StartAsync();
        await host.Daemon.WaitReadyAsync(Cancel);
    }
}

using System.Net;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>The address that leads to peers changes while the daemon runs.</summary>
public class AddressChangeTests
{
    private const string NewAddress = "192.168.77.102";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    // Longer than an address may be away before that counts.
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(4);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Peers_follow_a_changed_address_and_the_subnet_the_device_and_its_routes_stay()
    {
        await using LabCluster cluster = await StartAsync(hosts: 3);
        LabHost host = cluster.Hosts[0];
        string before = await DescribeOverlayAsync(host);
        string env = await File.ReadAllTextAsync(host.Daemon.SubnetFile, Cancel);
        await using LabProcess ping = cluster.Hosts[1].Namespace.Start(
            ["ping", "-i", "0.1", host.Daemon.Env.OverlayAddress], Path.Combine(cluster.Directory, "ping.log"));
        await NextRepliesAsync(ping);

        await ChangeAddressAsync(host, host.Address, NewAddress);
        await UntilLeaseSaysAsync(cluster, host, NewAddress);

        await NextRepliesAsync(ping);
        _ = await Ping.WaitForMeshAsync([.. cluster.HostEnds, .. cluster.Containers], Limit, Cancel);
        Assert.Equal(before, await DescribeOverlayAsync(host));
        Assert.Equal(env, await File.ReadAllTextAsync(host.Daemon.SubnetFile, Cancel));
        Assert.Equal(3, (await cluster.Etcd.ListAsync($"{cluster.Options.Prefix}/subnets", Cancel)).Count);
        Assert.Null(await cluster.Etcd.GetAsync(MarkKey(cluster, host.Address), Cancel));
        Assert.NotNull(await cluster.Etcd.GetAsync(MarkKey(cluster, NewAddress), Cancel));
        await AssertReadyAsync(host);

        // What is in etcd is what the next start looks for.
        Assert.Equal(0, await host.Daemon.StopAsync("TERM", Cancel));
        await cluster.StartDaemonsAsync(Cancel);
        Assert.Equal(env, await File.ReadAllTextAsync(host.Daemon.SubnetFile, Cancel));
    }

    [Fact]
    public async Task An_address_that_comes_back_at_once_changes_nothing()
    {
        await using LabCluster cluster = await StartAsync(hosts: 2);
        LabHost host = cluster.Hosts[0];
        EtcdEntry? lease = await cluster.Etcd.GetAsync(host.LeaseKey, Cancel);
        string before = await DescribeOverlayAsync(host);

        for (int i = 0; i < 3; i++)
            await ChangeAddressAsync(host, host.Address, host.Address);

        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        await Task.Delay(Watched, Cancel);
        Assert.Equal(lease, await cluster.Etcd.GetAsync(host.LeaseKey, Cancel));
        Assert.Equal(before, await DescribeOverlayAsync(host));
        Assert.DoesNotContain(host.Daemon.Process.Lines, line => line.Contains("The way to peers", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Daemon.Process.Lines, line => line.Contains("Lost sight", StringComparison.Ordinal));
        Assert.Empty(await Ping.UnreachableAsync(cluster.Containers, Cancel));
    }

    [Fact]
    public async Task A_change_while_etcd_is_away_is_told_when_it_is_back()
    {
        await using LabCluster cluster = await StartAsync(hosts: 2);
        LabHost host = cluster.Hosts[0];
        await cluster.Etcd.StopAsync();

        await ChangeAddressAsync(host, host.Address, NewAddress);
        await host.Daemon.WaitForLogAsync("The way to peers has changed", Limit, Cancel);
        Assert.Contains("tell peers of this host's new address", await UntilNotReadyAsync(host), StringComparison.Ordinal);

        await cluster.Etcd.StartAsync(Cancel);
        await UntilLeaseSaysAsync(cluster, host, NewAddress);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        await AssertReadyAsync(host);
    }

    [Fact]
    public async Task An_address_that_is_gone_is_waited_for()
    {
        await using LabCluster cluster = await StartAsync(hosts: 2);
        LabHost host = cluster.Hosts[0];
        EtcdEntry? lease = await cluster.Etcd.GetAsync(host.LeaseKey, Cancel);

        await host.Namespace.IpAsync([$"address del {host.Address}/24 dev eth0"], Cancel);
        await host.Daemon.WaitForLogAsync($"the address {host.Address} is gone from eth0", Limit, Cancel);
        Assert.Contains("is gone from eth0", await UntilNotReadyAsync(host), StringComparison.Ordinal);
        Assert.Equal(lease, await cluster.Etcd.GetAsync(host.LeaseKey, Cancel));

        await host.Namespace.IpAsync([$"address add {host.Address}/24 dev eth0"], Cancel);
        await host.Daemon.WaitForLogAsync("Peers can be reached again", Limit, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        await AssertReadyAsync(host);
        Assert.Equal(lease, await cluster.Etcd.GetAsync(host.LeaseKey, Cancel));
        Assert.Equal(1, host.Daemon.Process.Lines.Count(line => line.Contains("is gone from eth0", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(NewAddress)]
    [InlineData(NewAddress, "--iface-regex=^192[.]168[.]77[.]")]
    [InlineData(NewAddress, "--iface-can-reach=192.168.77.1")]
    [InlineData("203.0.113.5", "--public-ip=203.0.113.5")]
    [InlineData("203.0.113.5", "--public-ip=203.0.113.5", "--iface=eth0")]
    public async Task Every_option_leads_to_the_new_address_and_a_fixed_public_one_stays(string publicIP, params string[] arguments)
    {
        var options = new DaemonOptions { Path = DaemonBinary.Path, Interface = null, Arguments = arguments };
        await using LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with { Hosts = 1, Daemons = [options] }, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        await cluster.StartDaemonsAsync(Cancel);
        LabHost host = cluster.Hosts[0];

        await ChangeAddressAsync(host, host.Address, NewAddress);
        await host.Daemon.WaitForLogAsync($"address {NewAddress}, public address {publicIP}", Limit, Cancel);

        CommandResult sockets = await host.Namespace.ExecAsync(["ss", "-Huln"], Cancel);
        Assert.Contains(NewAddress + ":8285 ", sockets.OrThrow().Output, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Address + ":8285 ", sockets.Output, StringComparison.Ordinal);
        await UntilLeaseSaysAsync(cluster, host, publicIP);
    }

    private static async Task<LabCluster> StartAsync(int hosts)
    {
        LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = hosts }, Cancel);
        try
        {
            _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>As a DHCP client does: the kernel takes the routes away with the address.</summary>
    private static Task ChangeAddressAsync(LabHost host, string from, string to) => host.Namespace.IpAsync(
        [
            $"address del {from}/24 dev eth0",
            $"address add {to}/24 dev eth0",
            $"route add default via {Underlay.Gateway}",
        ],
        Cancel);

    private static Task UntilLeaseSaysAsync(LabCluster cluster, LabHost host, string publicIP) => Wait.UntilAsync(
        async () => (await cluster.Etcd.GetAsync(host.LeaseKey, Cancel))?.Value
            == $$"""{"PublicIP":"{{publicIP}}","PublicIPv6":null}""",
        Limit,
        $"the lease of {host.Name} to say {publicIP}",
        Cancel);

    private static Task NextRepliesAsync(LabProcess ping)
    {
        int before = Replies();
        return Wait.UntilAsync(() => Replies() > before + 5, Limit, "ping to get replies", Cancel);

        int Replies() => ping.Lines.Count(line => line.Contains("bytes from", StringComparison.Ordinal));
    }

    private static async Task<string> UntilNotReadyAsync(LabHost host)
    {
        HealthAnswer? answer = null;
        _ = await Wait.UntilAsync(
            async () => (answer = await host.Daemon.AskAsync("/readyz", Cancel)).Code == HttpStatusCode.ServiceUnavailable,
            Limit,
            $"{host.Name} to be not ready",
            Cancel);
        return answer!.Body;
    }

    private static Task AssertReadyAsync(LabHost host) => Wait.UntilAsync(
        async () => await host.Daemon.AskAsync("/readyz", Cancel) is { Code: HttpStatusCode.OK, Body: "flanneld is ready" },
        Limit,
        $"{host.Name} to be ready with nothing to add",
        Cancel);

    private static string MarkKey(LabCluster cluster, string address) => $"{cluster.Options.Prefix}/owners/{address}";

    /// <summary>The device by its index, and the routes on it.</summary>
    private static async Task<string> DescribeOverlayAsync(LabHost host) => (await host.Namespace.ExecAsync(
        ["sh", "-c", "cat /sys/class/net/flannel0/ifindex; ip address show dev flannel0; ip route show dev flannel0"], Cancel)).OrThrow().Output;
}

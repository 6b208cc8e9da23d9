using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>The options that choose the interface, as a daemon takes them, and what goes into the lease.</summary>
public class InterfaceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--iface-regex=^eth7$", "--iface-regex=^192[.]168[.]77[.]")]
    [InlineData("--iface=eth7", "--iface-can-reach=192.168.77.1")]
    [InlineData("--public-ip=203.0.113.5")]
    public async Task The_interface_that_the_options_lead_to_carries_the_socket(params string[] arguments)
    {
        await using LabCluster cluster = await CreateAsync(config: null, arguments);
        FlannelDaemon daemon = cluster.Hosts[0].Daemon;
        await daemon.StartAsync();
        await daemon.WaitReadyAsync(Cancel);

        LabHost host = cluster.Hosts[0];
        CommandResult sockets = await host.Namespace.ExecAsync(["ss", "-Huln"], Cancel);
        Assert.Contains("192.168.77.2:8285 ", sockets.OrThrow().Output, StringComparison.Ordinal);
        string publicIP = arguments[0].StartsWith("--public-ip=", StringComparison.Ordinal) ? "203.0.113.5" : host.Address;
        EtcdEntry lease = Assert.Single(await cluster.Etcd.ListAsync("/coreos.com/network/subnets", Cancel));
        Assert.Equal($$"""{"PublicIP":"{{publicIP}}","PublicIPv6":null}""", lease.Value);
    }

    [Theory]
    [InlineData("""{"Network":"10.5.0.0/16"}""", "--iface-regex=(", 2, "could not compile the IP address regex --iface-regex=(")]
    [InlineData("""{"Network":"10.5.0.0/16"}""", "--iface=eth7", 1, "--iface=eth7: no interface has this name")]
    [InlineData("""{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fc00::/48"}""", "--v=0", 1, "there is none for IPv6 alone")]
    public async Task What_cannot_work_ends_the_daemon_with_the_reason_and_without_a_lease(
        string config, string argument, int code, string reason)
    {
        await using LabCluster cluster = await CreateAsync(config, argument);
        FlannelDaemon daemon = cluster.Hosts[0].Daemon;
        await daemon.StartAsync();

        Assert.Equal(code, await daemon.Process.WaitForExitAsync(Limit, Cancel));
        Assert.Contains(reason, daemon.DescribeLog(), StringComparison.Ordinal);
        Assert.Empty(await cluster.Etcd.ListAsync("/coreos.com/network/subnets", Cancel));
    }

    private static async Task<LabCluster> CreateAsync(string? config, params string[] arguments)
    {
        var daemon = new DaemonOptions { Path = DaemonBinary.Path, Interface = null, Arguments = arguments };
        LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with { Hosts = 1, Config = config, Daemons = [daemon] }, Cancel);
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
}

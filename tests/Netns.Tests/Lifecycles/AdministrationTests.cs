using System.Text.Json;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>The commands of the published binary beside its daemons.</summary>
public class AdministrationTests
{
    private const string Subnet = "10.5.200.64/26";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_an_empty_etcd_to_a_reserved_and_released_subnet()
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(Clusters.Default with { Hosts = 2 }, Cancel);
        await cluster.Etcd.StartAsync(Cancel);
        LabHost host = cluster.Hosts[0];

        CommandResult set = await RunAsync(host, "config", "set", """{"Network":"10.5.0.0/16","SubnetLen":26}""");
        Assert.Contains("SubnetLen  (none) -> 26", set.OrThrow().Output, StringComparison.Ordinal);
        CommandResult bad = await RunAsync(host, "config", "set", """{"Network":"10.5.0.0/16","SubnetLen":31}""");
        Assert.Equal(1, bad.ExitCode);
        Assert.Contains("\"SubnetLen\": 26", (await RunAsync(host, "config", "get")).OrThrow().Output, StringComparison.Ordinal);

        _ = (await RunAsync(host, "reserve", Subnet, "--public-ip", host.Address)).OrThrow();
        await cluster.StartDaemonsAsync(Cancel);
        Assert.Equal("10.5.200.65/26", host.Daemon.Env.Subnet);
        Assert.Equal("reserved True, own True", await LeaseAsync(host));
        Assert.Equal("reserved True, own False", await LeaseAsync(cluster.Hosts[1]));
        CommandResult table = (await RunAsync(host, "leases")).OrThrow();
        Assert.Matches(@"(?m)^10\.5\.200\.64/26 +192\.168\.77\.2 +\S+ +udp +reserved +own *$", table.Output);
        Assert.DoesNotContain('\e', table.Output);

        CommandResult moved = await RunAsync(host, "config", "set", """{"Network":"10.6.0.0/16"}""");
        Assert.Equal(1, moved.ExitCode);
        Assert.Contains("2 of 2 leases would have no place", moved.Error, StringComparison.Ordinal);

        _ = (await RunAsync(host, "release", Subnet)).OrThrow();
        await host.Daemon.WaitForLogAsync($"The reservation of {Subnet} was released", Limit, Cancel);
        Assert.Equal("reserved False, own True", await LeaseAsync(host));
        _ = (await RunAsync(host, "reserve", Subnet)).OrThrow();
        await host.Daemon.WaitForLogAsync($"The lease of {Subnet} is a reservation by now", Limit, Cancel);

        Assert.Equal(0, await host.Daemon.StopAsync("TERM", Cancel));
        _ = (await RunAsync(host, "release", Subnet)).OrThrow();
        Assert.Null(await LeaseAsync(host));
    }

    private static Task<CommandResult> RunAsync(LabHost host, params string[] command) =>
        host.Namespace.ExecAsync([DaemonBinary.Path, .. command, "--etcd-endpoints", EtcdServer.Endpoint], Cancel);

    /// <summary>The reserved subnet's lease as a host sees it: its marks, or null when there is no such lease.</summary>
    private static async Task<string?> LeaseAsync(LabHost host)
    {
        using var document = JsonDocument.Parse((await RunAsync(host, "leases", "--json")).OrThrow().Output);
        return document.RootElement.GetProperty("leases").EnumerateArray()
            .Where(lease => lease.GetProperty("subnet").GetString() == Subnet)
            .Select(lease => $"reserved {lease.GetProperty("reserved")}, own {lease.GetProperty("own")}")
            .SingleOrDefault();
    }
}

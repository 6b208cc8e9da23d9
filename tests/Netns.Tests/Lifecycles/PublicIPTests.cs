using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Hosts that would share a public IP, and one that only comes back.</summary>
public class PublicIPTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_live_host_with_the_same_public_IP_is_refused_and_the_first_goes_on()
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with { Hosts = 2, DaemonArguments = ["--public-ip=10.0.2.15"] }, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        FlannelDaemon first = cluster.Hosts[0].Daemon;
        FlannelDaemon second = cluster.Hosts[1].Daemon;
        await first.StartAsync();
        await first.WaitReadyAsync(Cancel);
        IReadOnlyList<EtcdEntry> before = await cluster.Etcd.ListAsync($"{cluster.Options.Prefix}/subnets", Cancel);

        await second.StartAsync();
        await second.WaitForLogAsync("two live hosts have the public IP 10.0.2.15", Limit, Cancel);
        await second.WaitForLogAsync("--iface", Limit, Cancel);

        Assert.True(first.IsRunning);
        Assert.Equal(before, await cluster.Etcd.ListAsync($"{cluster.Options.Prefix}/subnets", Cancel));
        Assert.False(File.Exists(second.SubnetFile));

        // Killed, the first comes back at once, while its mark still stands.
        string env = await File.ReadAllTextAsync(first.SubnetFile, Cancel);
        _ = await first.StopAsync("KILL", Cancel);
        Assert.NotNull(await cluster.Etcd.GetAsync($"{cluster.Options.Prefix}/owners/10.0.2.15", Cancel));
        await first.StartAsync();
        await first.WaitReadyAsync(Cancel);
        Assert.Equal(env, await File.ReadAllTextAsync(first.SubnetFile, Cancel));
        Assert.Equal(0, await first.StopAsync("TERM", Cancel));
        Assert.Null(await cluster.Etcd.GetAsync($"{cluster.Options.Prefix}/owners/10.0.2.15", Cancel));
    }
}

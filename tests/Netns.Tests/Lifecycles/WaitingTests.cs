using System.Net;
using System.Text.Json;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>A daemon that cannot start yet says so once, and goes on by itself.</summary>
public class WaitingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    // Long enough for a daemon that complains every second to give itself away.
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(4);

    private static LabClusterOptions OneHost => Clusters.Default with { Hosts = 1 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_etcd_it_waits_quietly()
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(OneHost, Cancel);
        FlannelDaemon daemon = await StartAsync(cluster, "Waiting to read the network config");

        await AssertQuietAsync(daemon);
        HealthAnswer ready = await daemon.AskAsync("/readyz", Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Code);
        Assert.StartsWith(
            "flanneld is not ready yet\nwaiting to read the network config: no endpoint of --etcd-endpoints can be used: ",
            ready.Body,
            StringComparison.Ordinal);
        HealthAnswer status = await daemon.AskAsync("/status", Cancel);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/json"), (status.Code, status.ContentType));
        using var document = JsonDocument.Parse(status.Body);
        Assert.StartsWith("read the network config: ", document.RootElement.GetProperty("waiting").GetString(), StringComparison.Ordinal);

        await cluster.StartEtcdAsync(Cancel);
        await daemon.WaitReadyAsync(Cancel);
        HealthAnswer head = await daemon.AskAsync(HttpMethod.Head, "/readyz", Cancel);
        Assert.Equal((HttpStatusCode.OK, ""), (head.Code, head.Body));
    }

    [Fact]
    public async Task Without_a_config_it_waits_quietly()
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(OneHost, Cancel);
        await cluster.Etcd.StartAsync(Cancel);
        FlannelDaemon daemon = await StartAsync(cluster, "flannel config not found in etcd store");

        await AssertQuietAsync(daemon);

        await cluster.Etcd.PutAsync($"{cluster.Options.Prefix}/config", cluster.Options.EffectiveConfig, Cancel);
        await daemon.WaitReadyAsync(Cancel);
    }

    [Fact]
    public async Task It_reports_all_that_is_wrong_with_a_config_and_takes_the_corrected_one()
    {
        LabClusterOptions options = OneHost with
        {
            Config = """
                {"Network":"10.5.0.0/16","SubnetMin":"10.6.1.0","SubnetMax":"10.5.7.5","Backend":{"Type":"udp"}}
                """,
        };
        await using LabCluster cluster = await LabCluster.CreateAsync(options, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        FlannelDaemon daemon = await StartAsync(cluster, "SubnetMin is not in the range of the Network");

        await daemon.WaitForLogAsync("SubnetMax is not on a SubnetLen boundary: 10.5.7.5", Limit, Cancel);
        await AssertQuietAsync(daemon);

        await cluster.Etcd.PutAsync($"{options.Prefix}/config", Clusters.Default.EffectiveConfig, Cancel);
        await daemon.WaitReadyAsync(Cancel);
    }

    [Fact]
    public async Task A_daemon_that_waits_ends_well_when_it_is_told_to()
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(OneHost, Cancel);
        FlannelDaemon daemon = await StartAsync(cluster, "Waiting to read the network config");

        Assert.Equal(0, await daemon.StopAsync("TERM", Cancel));
    }

    private static async Task<FlannelDaemon> StartAsync(LabCluster cluster, string expected)
    {
        FlannelDaemon daemon = cluster.Hosts[0].Daemon;
        await daemon.StartAsync();
        await daemon.WaitForLogAsync(expected, Limit, Cancel);
        return daemon;
    }

    private static async Task AssertQuietAsync(FlannelDaemon daemon)
    {
        int before = daemon.Process.Lines.Count;
        await Task.Delay(Watched, Cancel);

        Assert.True(daemon.IsRunning, daemon.DescribeLog());
        Assert.False(File.Exists(daemon.SubnetFile));
        Assert.InRange(daemon.Process.Lines.Count - before, 0, 1);
    }
}

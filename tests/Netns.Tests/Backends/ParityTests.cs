using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>What our daemons leave in the kernel, in etcd and in subnet.env is what flanneld leaves there, to the letter.</summary>
public class ParityTests
{
    private const string MtuMark = "env FLANNEL_MTU=";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("alloc")]
    [InlineData("host-gw")]
    [InlineData("host-gw-dualstack")]
    [InlineData("vxlan")]
    [InlineData("vxlan-directrouting")]
    [InlineData("vxlan-dualstack", "1430")] // flanneld says 1450, which is more than its own IPv6 device takes
    public async Task A_host_looks_as_if_flanneld_had_set_it_up(string backend, string? mtu = null)
    {
        (string config, string[] expected) = GoldenState.Read(backend);
        if (mtu is not null)
            expected[Array.FindIndex(expected, line => line.StartsWith(MtuMark, StringComparison.Ordinal))] = MtuMark + mtu;

        LabClusterOptions options = Clusters.Default with
        {
            Hosts = 2,
            Config = config,
            Ipv6Network = config.Contains("IPv6Network", StringComparison.Ordinal) ? "fd05::/56" : null,
        };
        await using LabCluster cluster = await LabCluster.CreateAsync(options, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        await cluster.StartDaemonsAsync(Cancel);

        string[] actual = [];
        _ = await Wait.UntilAsync(
            async () => (actual = await GoldenState.DescribeAsync(cluster, Cancel)).Length == expected.Length,
            Limit,
            $"{expected.Length} things on the first host",
            Cancel);
        Assert.Equal(expected, actual);
    }
}

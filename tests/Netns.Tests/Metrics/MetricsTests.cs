using System.Net;
using System.Text.Json;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>What Prometheus would read from a daemon that carries packets.</summary>
public sealed class MetricsTests(ThreeHosts hosts) : IClassFixture<ThreeHosts>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_line_is_of_the_format_and_every_metric_is_there()
    {
        HealthAnswer answer = await hosts.Cluster.Hosts[0].Daemon.AskAsync("/metrics", Cancel);

        Assert.Equal((HttpStatusCode.OK, "text/plain; version=0.0.4; charset=utf-8"), (answer.Code, answer.ContentType));
        var metrics = PrometheusText.Parse(answer.Body);
        Assert.Equal(
            ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds"],
            metrics.Types.Keys.Where(name => !name.StartsWith("fastflannel_", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.InRange(
            DateTimeOffset.UtcNow.ToUnixTimeSeconds() - metrics.Samples["process_start_time_seconds"], -10, 600);
        Assert.True(metrics.Samples["process_resident_memory_bytes"] > 1_000_000);
        Assert.Equal(1, metrics.Samples["fastflannel_ready"]);
        Assert.Equal(2, metrics.Samples["fastflannel_peers"]);
        Assert.Equal(0, metrics.Samples["fastflannel_lease_reserved"]);
        Assert.InRange(metrics.Samples["fastflannel_lease_remaining_seconds"], 86_400 - 600, 86_400);
        Assert.Equal(1, metrics.Samples["fastflannel_etcd_connected{endpoint=\"http://192.168.77.1:2379\"}"]);
        Assert.Equal(1, metrics.Samples["fastflannel_etcd_connections_total"]);
        Assert.Equal(0, metrics.Samples["fastflannel_address_changes_total"]);
        Assert.Equal(0, metrics.Samples["fastflannel_lease_renewals_total{result=\"failed\"}"]);
        Assert.Equal(1, metrics.Samples["fastflannel_offload_active{offload=\"tcp_coalescing\"}"]);
        Assert.Contains("fastflannel_router_dropped_packets_total{direction=\"outbound\",reason=\"no_route\"}", metrics.Samples);
    }

    [Fact]
    public async Task The_numbers_are_those_of_the_status()
    {
        LabHost host = hosts.Cluster.Hosts[0];
        _ = await Ping.MeasureAsync(hosts.Hosts[0], hosts.Hosts[1], ["-c", "10", "-i", "0.01"], Cancel);

        // Between two equal statuses nothing was counted; now and then the kernel itself has something to send.
        PrometheusText? metrics = null;
        JsonElement status = default;
        _ = await Wait.UntilAsync(
            async () =>
            {
                status = await ReadStatusAsync(host);
                metrics = PrometheusText.Parse((await host.Daemon.AskAsync("/metrics", Cancel)).Body);
                JsonElement after = await ReadStatusAsync(host);
                return new[] { "outbound", "inbound", "kernelTunnel" }.All(way => JsonElement.DeepEquals(status.GetProperty(way), after.GetProperty(way)));
            },
            Limit,
            "a moment without a packet",
            Cancel);

        foreach (string way in new[] { "outbound", "inbound" })
        {
            JsonElement counters = status.GetProperty(way);
            string inKernel = way == "outbound" ? "packetsOut" : "packetsIn";
            long tunnelled = status.GetProperty("kernelTunnel").GetProperty(inKernel).GetInt64();
            Assert.True(counters.GetProperty("packets").GetInt64() + tunnelled >= 10);
            Assert.Equal(tunnelled, metrics!.Samples[$"fastflannel_kernel_tunnel_packets_total{{direction=\"{way}\"}}"]);
            foreach (string name in new[] { "packets", "bytes" })
                Assert.Equal(counters.GetProperty(name).GetDouble(), metrics!.Samples[$"fastflannel_router_{name}_total{{direction=\"{way}\"}}"]);

            Assert.Equal(
                counters.GetProperty("drops").EnumerateObject().Sum(drop => drop.Value.GetDouble()),
                metrics!.Samples
                    .Where(sample => sample.Key.StartsWith($"fastflannel_router_dropped_packets_total{{direction=\"{way}\"", StringComparison.Ordinal))
                    .Sum(sample => sample.Value));
        }

        Assert.Equal(status.GetProperty("peers").GetDouble(), metrics!.Samples["fastflannel_peers"]);
        Assert.Equal(status.GetProperty("loopAllocatedBytes").GetDouble(), metrics.Samples["fastflannel_router_allocated_bytes_total"]);
        JsonElement lease = status.GetProperty("lease");
        Assert.Equal(lease.GetProperty("renewals").GetDouble(), metrics.Samples["fastflannel_lease_renewals_total{result=\"ok\"}"]);
        Assert.Contains(
            $"fastflannel_lease_info{{subnet=\"{lease.GetProperty("subnet").GetString()}\",public_ip=\"{host.Address}\"}}", metrics.Samples);
        Assert.Equal(
            status.GetProperty("etcd").GetProperty("connections").GetDouble(), metrics.Samples["fastflannel_etcd_connections_total"]);
    }

    private static async Task<JsonElement> ReadStatusAsync(LabHost host)
    {
        using var status = JsonDocument.Parse((await host.Daemon.AskAsync("/status", Cancel)).Body);
        return status.RootElement.Clone();
    }
}

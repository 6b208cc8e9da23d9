using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>What most tests say about clusters, said once.</summary>
internal static class Clusters
{
    public static LabClusterOptions Default => new() { DaemonPath = DaemonBinary.Path };

    public static LabClusterOptions DualStack => Default with { Hosts = 2, Ipv6Network = LabClusterOptions.UsualIpv6Network };

    extension(LabCluster cluster)
    {
        /// <summary>Every host's own end of its first daemon's overlay.</summary>
        public Endpoint[] HostEnds => [.. cluster.Hosts.Select(host => host.OverlayEndpoint(host.Daemons[0]))];

        /// <summary>The same by their IPv6 addresses.</summary>
        public Endpoint[] Ipv6HostEnds => [.. cluster.Hosts.Select(host => host.Ipv6OverlayEndpoint(host.Daemons[0]))];
    }

    extension(LabHost host)
    {
        public FlannelDaemon Daemon => host.Daemons[0];

        /// <summary>The key of the first daemon's lease.</summary>
        public string LeaseKey =>
            $"{LabClusterOptions.DefaultPrefix}/subnets/{host.Daemon.Env.OverlayAddress}-{host.Daemon.Env.Length}";

        /// <summary>The same in a network of either kind: with IPv6 the key has both subnets.</summary>
        public string FullLeaseKey => host.Daemon.Env.Ipv6 is { } ipv6
            ? $"{host.LeaseKey}&{ipv6.OverlayAddress}-{ipv6.Length}"
            : host.LeaseKey;

        public async Task<bool> HasDeviceAsync(string name, CancellationToken cancellation) =>
            (await host.Namespace.ExecAsync(["ip", "link", "show", name], cancellation)).Ok;
    }
}

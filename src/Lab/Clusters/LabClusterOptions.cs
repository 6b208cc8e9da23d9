namespace FastFlannel.Lab;

/// <summary>What a cluster looks like.</summary>
public sealed record LabClusterOptions
{
    /// <summary>Where flannel keeps a network in etcd unless told otherwise.</summary>
    public const string DefaultPrefix = "/coreos.com/network";

    /// <summary>A network for <see cref="Ipv6Network"/>.</summary>
    public const string UsualIpv6Network = "fd05::/48";

    /// <summary>The daemon's binary.</summary>
    public required string DaemonPath { get; init; }

    /// <summary>How many hosts, 1 to 250.</summary>
    public int Hosts { get; init; } = 3;

    /// <summary>The overlay's backend.</summary>
    public string Backend { get; init; } = "udp";

    /// <summary>Further fields of the network config's Backend, as a JSON object.</summary>
    public string BackendFields { get; init; } = "{}";

    /// <summary>How many of the hosts, the last ones, are behind a router and not on the link of the others.</summary>
    public int RemoteHosts { get; init; }

    /// <summary>The overlay's network.</summary>
    public string Network { get; init; } = "10.5.0.0/16";

    /// <summary>The overlay's IPv6 network of a dual-stack cluster, for example <c>fd05::/48</c>; null for IPv4 alone.</summary>
    public string? Ipv6Network { get; init; }

    /// <summary>The network's prefix in etcd.</summary>
    public string Prefix { get; init; } = DefaultPrefix;

    /// <summary>The underlay's MTU, in bytes.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>The network config's JSON, instead of one made of the networks and <see cref="Backend"/>.</summary>
    public string? Config { get; init; }

    /// <summary>Whether hosts route to their containers and have no bridges for them.</summary>
    public bool RoutedContainers { get; init; }

    /// <summary>Arguments for every daemon, after the lab's own.</summary>
    public IReadOnlyList<string> DaemonArguments { get; init; } = [];

    /// <summary>
    /// How each host's daemon is started, first to last, instead of all alike; hosts beyond the end of the list have none.
    /// </summary>
    public IReadOnlyList<DaemonOptions>? Daemons { get; init; }

    /// <summary>How the daemons are started, one after the other for each host.</summary>
    internal IEnumerable<DaemonOptions> EffectiveDaemons => Daemons ?? Enumerable.Repeat(
        new DaemonOptions { Path = DaemonPath, Prefix = Prefix, Arguments = DaemonArguments }, Hosts);

    /// <summary>The network config that is written to etcd.</summary>
    public string EffectiveConfig => Config ?? $$$"""{"Network":"{{{Network}}}",{{{Ipv6Fields}}}"Backend":{{{BackendObject}}}}""";

    private string BackendObject => BackendJson.Merge(nameof(BackendFields), Backend, BackendFields);

    private string Ipv6Fields => Ipv6Network is null ? "" : $"\"EnableIPv6\":true,\"IPv6Network\":\"{Ipv6Network}\",";
}

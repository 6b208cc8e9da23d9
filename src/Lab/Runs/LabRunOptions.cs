namespace FastFlannel.Lab;

/// <summary>What <c>fastflannel lab run</c> was asked for.</summary>
public sealed record LabRunOptions
{
    /// <summary>The fewest hosts a run makes sense with.</summary>
    public const int MinHosts = 2;

    /// <summary>The most hosts a run's report is laid out for.</summary>
    public const int MaxHosts = 16;

    /// <summary>How many hosts.</summary>
    public int Hosts { get; init; } = 3;

    /// <summary>The overlay's backend.</summary>
    public string Backend { get; init; } = "udp";

    /// <summary>Further fields of the network config's Backend, as a JSON object.</summary>
    public string BackendFields { get; init; } = "{}";

    /// <summary>Whether the cluster is dual-stack, and everything is done over IPv6 too.</summary>
    public bool Ipv6 { get; init; }

    /// <summary>Whether standard output gets one JSON document instead of tables.</summary>
    public bool Json { get; init; }

    /// <summary>The daemon's binary; this very binary unless told otherwise.</summary>
    public string DaemonPath { get; init; } = Environment.ProcessPath ?? "fastflannel";
}

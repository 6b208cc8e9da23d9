namespace FastFlannel.Lab;

/// <summary>What <c>fastflannel lab bench</c> was asked for.</summary>
public sealed record BenchOptions
{
    /// <summary>The most rounds.</summary>
    public const int MaxRounds = 50;

    /// <summary>The longest iperf3 run, in seconds.</summary>
    public const int MaxSeconds = 60;

    /// <summary>The smallest underlay MTU, in bytes: room for either overlay's headers around the smallest IPv6 packet.</summary>
    public const int MinMtu = 1330;

    /// <summary>The largest underlay MTU, in bytes: what the kernel's vxlan device takes, and its headers.</summary>
    public const int MaxMtu = 65535;

    /// <summary>How often every path is measured for every metric.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>How long each iperf3 run sends.</summary>
    public int Seconds { get; init; } = 3;

    /// <summary>The underlay's MTU, in bytes.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>What is measured, in order.</summary>
    public IReadOnlyList<BenchMetric> Metrics { get; init; } = Enum.GetValues<BenchMetric>();

    /// <summary>Which of the three usual paths are measured, in order.</summary>
    public IReadOnlyList<string> Paths { get; init; } = BenchPath.Usual;

    /// <summary>What is merged into the Backend of the path <c>udp</c>: a JSON object.</summary>
    public string BackendJson { get; init; } = "{}";

    /// <summary>Further udp paths, each with daemons of its own.</summary>
    public IReadOnlyList<BenchVariant> Variants { get; init; } = [];

    /// <summary>Whether standard output gets one JSON document instead of tables.</summary>
    public bool Json { get; init; }

    /// <summary>Whether a requirement that the path <c>udp</c> does not meet makes the exit code 1.</summary>
    public bool Require { get; init; }

    /// <summary>The daemon's binary; this very binary unless told otherwise.</summary>
    public string DaemonPath { get; init; } = Environment.ProcessPath ?? "fastflannel";

    /// <summary>Every udp path: the usual one if it is asked for, then the variants.</summary>
    internal IEnumerable<BenchVariant> UdpPaths =>
        Paths.Where(path => path == BenchPath.Udp).Select(path => new BenchVariant(path, null, null)).Concat(Variants);
}

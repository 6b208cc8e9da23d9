namespace FastFlannel.Lab.Tests;

/// <summary>Reports of runs that never were.</summary>
internal static class Reports
{
    public static readonly BenchDaemons Daemons =
        new("fastflannel", 0.3) { AllocatedBytes = 0, Collections = 0, Drops = new Dictionary<string, long>() };

    /// <summary>One round in which direct and vxlan have 10 of everything.</summary>
    public static BenchReport Of(params (string Path, BenchDaemons? Daemons, BenchSample[] Samples)[] paths) => new(
        1,
        3,
        1500,
        [
            Path("direct", null),
            Path("vxlan", null),
            .. paths.Select(path => Path(path.Path, path.Daemons)),
        ],
        [
            .. Enum.GetValues<BenchMetric>().Select(metric => new BenchSample("direct", metric, 1, 10)),
            .. Enum.GetValues<BenchMetric>().Select(metric => new BenchSample("vxlan", metric, 1, 10)),
            .. paths.SelectMany(path => path.Samples),
        ]);

    public static BenchSample[] Samples(string path, double tcp1, double tcp4, double udp64, double ping) =>
    [
        new(path, BenchMetric.Tcp1, 1, tcp1),
        new(path, BenchMetric.Tcp4, 1, tcp4),
        new(path, BenchMetric.Udp64, 1, udp64),
        new(path, BenchMetric.Ping, 1, ping),
    ];

    private static BenchPathReport Path(string name, BenchDaemons? daemons) =>
        new(name, "10.0.0.1", "10.0.0.2", 1472, daemons is null ? null : "{}", daemons);
}

namespace FastFlannel.Control;

/// <summary>Everything that is wrong with a network config, or what it comes to.</summary>
public sealed record ConfigCheck
{
    private static readonly string[] Fields =
    [
        "Network", "SubnetLen", "SubnetMin", "SubnetMax", "EnableIPv4", "EnableIPv6", "IPv6Network", "IPv6SubnetLen",
        "IPv6SubnetMin", "IPv6SubnetMax", "EnableNFTables", "NoMasquerade", "Backend",
    ];

    /// <summary>The config; null when there are problems.</summary>
    public NetworkConfig? Config { get; private init; }

    /// <summary>What keeps daemons from starting with it, one line each; all of it, not only the first.</summary>
    public IReadOnlyList<string> Problems { get; private init; } = [];

    /// <summary>What is allowed and probably not meant, or not in this release.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>What it comes to; null when there are problems.</summary>
    public ConfigSummary? Summary { get; private init; }

    /// <summary>Checks a config.</summary>
    /// <param name="json">Any text at all.</param>
    public static ConfigCheck Of(string json)
    {
        ReadResult<NetworkConfig> read = NetworkConfigReader.Read(json);
        BackendCheck? backend = NetworkConfigReader.ReadBackend(json) is var (type, fields)
            ? BackendCheck.Of(type, fields, isDualStack: read.Value is { EnableIPv6: true })
            : null;
        string[] problems =
        [
            .. read.Problems,
            .. read.Value is { EnableIPv4: false } ? [NetworkConfig.IPv6OnlyProblem] : (string[])[],
            .. backend?.Problems ?? [],
        ];
        string[] warnings = [.. UnknownFields(json), .. backend?.Warnings ?? []];
        return read.Value is { } config && problems.Length == 0
            ? new() { Config = config, Warnings = warnings, Summary = ConfigSummary.Of(config, backend?.Settings ?? []) }
            : new() { Problems = problems, Warnings = warnings };
    }

    private static IEnumerable<string> UnknownFields(string json)
    {
        string[] unknown = [.. JsonFields.Of(json, "the network config", []).Except(Fields).Select(field => field.Key)];
        if (unknown.Length > 0)
            yield return $"without effect: {string.Join(", ", unknown)}; a network config has {string.Join(", ", Fields)}";
    }
}

using System.Text.RegularExpressions;

namespace FastFlannel.Lab;

/// <summary>Reads the values of the bench's options; every error says what was expected.</summary>
internal static partial class BenchArguments
{
    /// <summary>The most variants: as many as the report's tables take across.</summary>
    public const int MaxVariants = 4;

    private static readonly Dictionary<string, BenchMetric> Metrics =
        Enum.GetValues<BenchMetric>().ToDictionary(metric => BenchUnits.NameOf(metric), StringComparer.Ordinal);

    /// <summary>Reads a list of metrics, for example <c>tcp1,ping</c>.</summary>
    /// <exception cref="LabException">A name is unknown or given twice, or there is none.</exception>
    public static IReadOnlyList<BenchMetric> ReadMetrics(string list) =>
        [.. ReadNames("--metrics", list, [.. Metrics.Keys]).Select(name => Metrics[name])];

    /// <summary>Reads a list of paths, for example <c>direct,udp</c>.</summary>
    /// <exception cref="LabException">A name is unknown or given twice, or there is none.</exception>
    public static IReadOnlyList<string> ReadPaths(string list) => ReadNames("--paths", list, BenchPath.Usual);

    /// <summary>Reads what <c>--compare</c> and <c>--compare-binary</c> say of each variant's name.</summary>
    /// <param name="backends">For example <c>one-queue={"Queues":1}</c>.</param>
    /// <param name="binaries">For example <c>old=/tmp/fastflannel</c>.</param>
    /// <returns>The variants in the order of their names' first mention.</returns>
    /// <exception cref="LabException">A value cannot be used, a name is given twice, or there are too many.</exception>
    public static IReadOnlyList<BenchVariant> ReadVariants(IReadOnlyList<string> backends, IReadOnlyList<string> binaries)
    {
        (string Name, string Value)[] json = ReadPairs("--compare", backends);
        (string Name, string Value)[] files = ReadPairs("--compare-binary", binaries);
        foreach ((string name, string value) in json)
            _ = MergeBackend($"--compare {name}", value);

        if (files.FirstOrDefault(file => !File.Exists(file.Value)) is { Name: { } of } missing)
            throw new LabException($"--compare-binary {of}: there is no file '{missing.Value}'; expected a daemon's binary");

        var jsonOf = json.ToDictionary();
        var fileOf = files.ToDictionary(file => file.Name, file => Path.GetFullPath(file.Value));
        BenchVariant[] variants =
        [
            .. json.Concat(files).Select(pair => pair.Name).Distinct()
                .Select(name => new BenchVariant(name, jsonOf.GetValueOrDefault(name), fileOf.GetValueOrDefault(name))),
        ];
        return variants.Length <= MaxVariants
            ? variants
            : throw new LabException($"{variants.Length} variants to compare: expected at most {MaxVariants}");
    }

    /// <summary>Makes a udp Backend out of the fields somebody wants in it, as <see cref="BackendJson.Merge"/>.</summary>
    public static string MergeBackend(string option, string fields) => BackendJson.Merge(option, BenchPath.Udp, fields);

    private static string[] ReadNames(string option, string list, string[] known)
    {
        string[] names = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0 || names.Except(known).Any() || names.Distinct().Count() != names.Length)
            throw new LabException($"{option} {list}: expected some of {string.Join(',', known)}, each once");

        return names;
    }

    private static (string Name, string Value)[] ReadPairs(string option, IReadOnlyList<string> arguments)
    {
        (string Name, string Value)[] pairs = [.. arguments.Select(argument => ReadPair(option, argument))];
        string? twice = pairs.GroupBy(pair => pair.Name).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null ? pairs : throw new LabException($"{option} names {twice} twice: expected each name once");
    }

    private static (string Name, string Value) ReadPair(string option, string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? "" : argument[..equals];
        if (!VariantName().IsMatch(name) || BenchPath.Usual.Contains(name))
        {
            throw new LabException(
                $"{option} {argument}: expected NAME=..., a name of 1 to 12 letters, digits, - or _ other than "
                + string.Join(", ", BenchPath.Usual));
        }

        return (name, argument[(equals + 1)..]);
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,12}\z", RegexOptions.CultureInvariant)]
    private static partial Regex VariantName();
}

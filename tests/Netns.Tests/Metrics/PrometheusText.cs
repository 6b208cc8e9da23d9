using System.Globalization;
using System.Text.RegularExpressions;

namespace FastFlannel.Netns.Tests;

/// <summary>Reads Prometheus's text format 0.0.4, and takes nothing that its readers might not: all that is missing or odd throws.</summary>
internal sealed partial class PrometheusText
{
    private readonly Dictionary<string, string> _types = [];
    private readonly Dictionary<string, double> _samples = [];

    /// <summary>The metrics by name: <c>counter</c> or <c>gauge</c>.</summary>
    public IReadOnlyDictionary<string, string> Types => _types;

    /// <summary>The values by name with labels, as <c>fastflannel_peers</c> or <c>x_total{direction="inbound"}</c>.</summary>
    public IReadOnlyDictionary<string, double> Samples => _samples;

    public static PrometheusText Parse(string text)
    {
        var parsed = new PrometheusText();
        if (!text.EndsWith('\n') || text.Contains('\r', StringComparison.Ordinal))
            throw new FormatException("every line ends in a line feed, also the last");

        string? name = null;
        string? helped = null;
        foreach (string line in text[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help)
                helped = help.Groups["name"].Value;
            else if (Type().Match(line) is { Success: true } type)
                name = parsed.Begin(type.Groups["name"].Value, type.Groups["type"].Value, helped);
            else
                parsed.Add(name, line);
        }

        if (parsed._types.Keys.FirstOrDefault(known => !parsed._samples.Keys.Any(key => NameOf(key) == known)) is { } empty)
            throw new FormatException($"{empty} has no sample");

        return parsed;
    }

    private static string NameOf(string key) => key.Split('{')[0];

    private string Begin(string name, string type, string? helped)
    {
        if (helped != name)
            throw new FormatException($"{name} has no help before its type");

        if (name.EndsWith("_total", StringComparison.Ordinal) != (type == "counter"))
            throw new FormatException($"{name} is a {type}");

        if (!_types.TryAdd(name, type))
            throw new FormatException($"{name} comes twice");

        return name;
    }

    private void Add(string? name, string line)
    {
        Match sample = Sample().Match(line);
        if (!sample.Success)
            throw new FormatException($"not a line of the format: '{line}'");

        if (sample.Groups["name"].Value != name)
            throw new FormatException($"'{line}' is not below its own head");

        string[] labels = [.. sample.Groups["label"].Captures.Select(label => label.Value)];
        if (labels.Distinct().Count() != labels.Length)
            throw new FormatException($"'{line}' has a label twice");

        double value = double.Parse(sample.Groups["value"].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (_types[name] == "counter" && value < 0)
            throw new FormatException($"'{line}' counts below zero");

        if (!_samples.TryAdd(sample.Groups["key"].Value, value))
            throw new FormatException($"'{line}' comes twice");
    }

    [GeneratedRegex(@"^# HELP (?<name>[a-z_][a-z0-9_]*) (?:[^\\]|\\\\|\\n)+$", RegexOptions.CultureInvariant)]
    private static partial Regex Help();

    [GeneratedRegex(@"^# TYPE (?<name>[a-z_][a-z0-9_]*) (?<type>counter|gauge)$", RegexOptions.CultureInvariant)]
    private static partial Regex Type();

    [GeneratedRegex(
        """^(?<key>(?<name>[a-z_][a-z0-9_]*)(?:\{(?<label>[a-z_][a-z0-9_]*)="(?:[^"\\]|\\["\\n])*"(?:,(?<label>[a-z_][a-z0-9_]*)="(?:[^"\\]|\\["\\n])*")*\})?) (?<value>-?[0-9.]+(?:E[+-]?[0-9]+)?)$""",
        RegexOptions.CultureInvariant)]
    private static partial Regex Sample();
}

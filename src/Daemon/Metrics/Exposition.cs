using System.Globalization;
using System.Text;

namespace FastFlannel.Daemon;

/// <summary>
/// Writes numbers in the text format that Prometheus reads (Prometheus, "Exposition formats", text format 0.0.4). All samples of a
/// metric follow its head; numbers are read when they are written, so there is nothing to keep between two scrapes.
/// </summary>
/// <remarks>
/// Not a client library: the numbers are kept by those who count, and what is left is this format. prometheus-net and OpenTelemetry's
/// exporter each add more to the binary than it takes, and a second registry of what the control plane knows already.
/// </remarks>
internal sealed class Exposition
{
    /// <summary>What the answer's Content-Type says.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>A number that only grows, until the daemon starts again.</summary>
    /// <param name="name">Ends in <c>_total</c>.</param>
    /// <param name="help">What it counts, and what to make of it.</param>
    /// <param name="samples">Its values with their labels.</param>
    public void Counter(string name, string help, params ReadOnlySpan<Sample> samples) => Add(name, "counter", help, samples);

    /// <summary>A number that goes up and down. Without a sample the metric is left out.</summary>
    /// <inheritdoc cref="Counter"/>
    public void Gauge(string name, string help, params ReadOnlySpan<Sample> samples) => Add(name, "gauge", help, samples);

    /// <summary>All that was added.</summary>
    public override string ToString() => _text.ToString();

    private void Add(string name, string type, string help, ReadOnlySpan<Sample> samples)
    {
        if (samples.IsEmpty)
            return;

        _ = _text.Append("# HELP ").Append(name).Append(' ').Append(Escape(help)).Append('\n');
        _ = _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        foreach (Sample sample in samples)
        {
            _ = _text.Append(name);
            AddLabels(sample.Labels);
            _ = _text.Append(' ').Append(sample.Value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }
    }

    private void AddLabels((string Name, string Value)[] labels)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            _ = _text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"");
            _ = _text.Append(Escape(labels[i].Value).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        }

        if (labels.Length > 0)
            _ = _text.Append('}');
    }

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}

/// <summary>One value of a metric.</summary>
/// <param name="Value">The number, in the unit that the metric's name says.</param>
/// <param name="Labels">What tells it from the metric's other values.</param>
internal readonly record struct Sample(double Value, params (string Name, string Value)[] Labels)
{
    /// <summary>Yes is 1, no is 0.</summary>
    public static Sample Of(bool value, params (string Name, string Value)[] labels) => new(value ? 1 : 0, labels);
}

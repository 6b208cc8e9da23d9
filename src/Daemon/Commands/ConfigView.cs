using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FastFlannel.Control;
using Spectre.Console;

namespace FastFlannel.Daemon;

/// <summary>Lays a network config out for a person, within 80 columns.</summary>
internal static class ConfigView
{
    // As it was written: an escape that JSON does not demand only hides what is meant.
    private static readonly JsonWriterOptions Indented =
        new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A config with one line a field, in the order it has; null for what is not JSON.</summary>
    public static string? Indent(string json)
    {
        using var output = new MemoryStream();
        try
        {
            using var document = JsonDocument.Parse(json);
            using var writer = new Utf8JsonWriter(output, Indented);
            document.WriteTo(writer);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }

    /// <summary>What a config without problems comes to.</summary>
    public static void WriteSummary(IAnsiConsole console, string name, ConfigSummary summary, int warnings)
    {
        console.WriteLine(warnings switch
        {
            0 => $"{name} is fine:",
            1 => $"{name} has no problem, and the warning above:",
            _ => $"{name} has no problem, and the {warnings} warnings above:",
        });
        List<(string Name, string Value)> rows = [.. Family("network", summary.Ipv4)];
        if (summary.Ipv6 is { } ipv6)
            rows.AddRange(Family("IPv6 network", ipv6));

        rows.Add(("hosts", $"up to {summary.Hosts}, with up to {summary.ContainersPerHost} containers on each"));
        rows.Add(("backend", summary.Backend));
        rows.AddRange(summary.BackendSettings.Select(setting => ($"  {setting.Name}", setting.Value)));
        WriteRows(console, rows);
    }

    /// <summary>What was changed, if anything was.</summary>
    public static void WriteChanges(IAnsiConsole console, string key, IReadOnlyList<ConfigChange> changes)
    {
        if (changes.Count == 0)
        {
            console.WriteLine($"{key} says the same already; nothing was written.");
            return;
        }

        console.WriteLine($"{key} is written:");
        WriteRows(console, changes.Select(change => (change.Field, $"{change.Old ?? "(none)"} -> {change.New ?? "(none)"}")));
        console.WriteLine("Daemons read it when they start: restart each of them to follow.");
    }

    private static IEnumerable<(string Name, string Value)> Family(string name, FamilySummary family)
    {
        yield return (name, family.Network);
        yield return ("  subnets", $"{family.Subnets} of /{family.SubnetLen}, {family.SubnetMin} to {family.SubnetMax}");
    }

    private static void WriteRows(IAnsiConsole console, IEnumerable<(string Name, string Value)> rows)
    {
        // As text and not as markup, in which :100: of an IPv6 address would be a picture.
        Grid grid = new Grid()
            .AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(2, 0, 2, 0) })
            .AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0) });
        foreach ((string name, string value) in rows)
            _ = grid.AddRow(new Text(name), new Text(value));

        console.Write(grid);
    }
}

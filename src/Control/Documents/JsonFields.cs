using System.Net;
using System.Text.Json;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>How an address or a prefix is read.</summary>
internal delegate bool TryParse<T>(ReadOnlySpan<char> text, out T value);

/// <summary>
/// The fields of one JSON object, looked up as Go's decoder does: names match in any case, the later of two wins, null is the
/// same as absent, and names nobody asks for are ignored. A field of the wrong type becomes a problem, not an exception.
/// </summary>
internal sealed class JsonFields
{
    private const int LongestShownValue = 60;

    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _problems;

    private JsonFields(List<string> problems) => _problems = problems;

    /// <summary>Reads a whole document.</summary>
    /// <param name="json">The document.</param>
    /// <param name="what">What it is, for problems: <c>the network config</c>.</param>
    /// <param name="problems">Receives what is wrong, here and in every later look-up.</param>
    /// <returns>The fields; none at all when the document is not a JSON object.</returns>
    public static JsonFields Of(string json, string what, List<string> problems)
    {
        var fields = new JsonFields(problems);
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                fields.Add(document.RootElement.Clone());
            else
                problems.Add($"{what} is {Show(document.RootElement)}, expected a JSON object");
        }
        // The parser's own, and what it throws for halves of surrogate pairs: raw ones and, in names, escaped ones.
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            problems.Add($"{what} is not valid JSON: {error.Message}");
        }

        return fields;
    }

    /// <summary>true or false.</summary>
    public bool Boolean(string name, bool otherwise)
    {
        if (Find(name) is not { } value)
            return otherwise;

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();

        Mismatch(name, value, "true or false");
        return otherwise;
    }

    /// <summary>A number from 0 to 2^64-1 without fraction or exponent, or null when absent or wrong.</summary>
    public ulong? WholeNumber(string name, string expected)
    {
        if (Find(name) is not { } value)
            return null;

        if (value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number))
            return number;

        Mismatch(name, value, expected);
        return null;
    }

    /// <summary>A number within limits; <paramref name="otherwise"/> when absent or wrong.</summary>
    public int NumberWithin(string name, int otherwise, int least, int most, string expected)
    {
        ulong value = WholeNumber(name, expected) ?? (ulong)otherwise;
        if (value >= (ulong)least && value <= (ulong)most)
            return (int)value;

        _problems.Add($"{name} is {value}, expected {expected}");
        return otherwise;
    }

    /// <summary>A string, or null when absent or wrong.</summary>
    public string? Text(string name, string expected)
    {
        if (Find(name) is not { } value)
            return null;

        string? text = TextOf(value);
        if (text is null)
            Mismatch(name, value, expected);

        return text;
    }

    /// <summary>A string that means something else, such as an address; null when absent or wrong.</summary>
    public T? Parsed<T>(string name, string expected, TryParse<T> parse)
        where T : struct
    {
        if (Find(name) is not { } value)
            return null;

        if (parse(TextOf(value), out T parsed))
            return parsed;

        Mismatch(name, value, expected);
        return null;
    }

    /// <summary>A list of networks of either family; what is no such is a problem. Bits behind the prefix are cut off.</summary>
    public IReadOnlyList<IPNetwork> Networks(string name, string expected)
    {
        if (Find(name) is not { } value)
            return [];

        if (value.ValueKind != JsonValueKind.Array)
        {
            Mismatch(name, value, expected);
            return [];
        }

        List<IPNetwork> networks = [];
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (Ipv4Prefix.TryParse(TextOf(item), out Ipv4Prefix ipv4))
                networks.Add(ipv4);
            else if (Ipv6Prefix.TryParse(TextOf(item), out Ipv6Prefix ipv6))
                networks.Add(ipv6);
            else
                Mismatch(name, item, expected);
        }

        return networks;
    }

    /// <summary>Whether the field is there, null included.</summary>
    public bool Has(string name) => _fields.ContainsKey(name);

    /// <summary>Any value, or null when absent or null.</summary>
    public JsonElement? Find(string name) =>
        _fields.TryGetValue(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>All fields but some, in the document's order.</summary>
    public IEnumerable<KeyValuePair<string, JsonElement>> Except(IReadOnlyCollection<string> names) =>
        _fields.Where(field => !names.Contains(field.Key, StringComparer.OrdinalIgnoreCase));

    /// <summary>A string's text, or null for anything else.</summary>
    public static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: JSON's grammar allows it, but it is no text.
            return null;
        }
    }

    /// <summary>A value as it was written, on one line and not too long to read in a log.</summary>
    public static string Show(JsonElement value)
    {
        string text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length <= LongestShownValue ? text : string.Concat(text.AsSpan(0, LongestShownValue), "…");
    }

    private void Mismatch(string name, JsonElement value, string expected) =>
        _problems.Add($"{name} is {Show(value)}, expected {expected}");

    private void Add(JsonElement from)
    {
        foreach (JsonProperty field in from.EnumerateObject())
            _fields[field.Name] = field.Value;
    }
}

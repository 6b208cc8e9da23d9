namespace FastFlannel.Control;

/// <summary>A field that differs between two network configs.</summary>
/// <param name="Field">Its name, for example <c>SubnetLen</c> or <c>Backend.Port</c>.</param>
/// <param name="Old">Its JSON before, or null when it was not there.</param>
/// <param name="New">Its JSON now, or null when it is not there any more.</param>
public sealed record ConfigChange(string Field, string? Old, string? New)
{
    /// <summary>Compares two configs field by field; how they are laid out does not matter.</summary>
    /// <param name="older">The text before, or null for none. What is no JSON object has no fields.</param>
    /// <param name="newer">The text now.</param>
    /// <returns>What differs: first in the new one's order, then what is gone.</returns>
    public static IReadOnlyList<ConfigChange> Between(string? older, string newer)
    {
        Dictionary<string, string> before = Flatten(older ?? "{}", "");
        Dictionary<string, string> after = Flatten(newer, "");
        return
        [
            .. from field in after
               let old = before.GetValueOrDefault(field.Key)
               where old != field.Value
               select new ConfigChange(field.Key, old, field.Value),
            .. from field in before
               where !after.ContainsKey(field.Key)
               select new ConfigChange(field.Key, field.Value, null),
        ];
    }

    /// <summary>The values by their path. An object without fields is a value: it is not the same as no object.</summary>
    private static Dictionary<string, string> Flatten(string json, string path)
    {
        Dictionary<string, string> values = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, System.Text.Json.JsonElement value) in JsonFields.Of(json, path, []).Except([]))
        {
            string text = GoJson.Compact(value.GetRawText());
            Dictionary<string, string> inner = text.StartsWith('{') ? Flatten(text, $"{path}{name}.") : [];
            if (inner.Count == 0)
                values[path + name] = text;

            foreach ((string field, string innerValue) in inner)
                values[field] = innerValue;
        }

        return values;
    }
}

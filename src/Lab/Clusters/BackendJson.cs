using System.Text;
using System.Text.Json;

namespace FastFlannel.Lab;

/// <summary>The Backend object of a network config.</summary>
public static class BackendJson
{
    /// <summary>Makes one out of its type and the fields somebody wants in it.</summary>
    /// <param name="option">Where the fields are from, for messages.</param>
    /// <param name="type">The backend, for example <c>udp</c>.</param>
    /// <param name="fields">A JSON object, for example <c>{"Queues":2}</c>.</param>
    /// <returns>For example <c>{"Type":"udp","Queues":2}</c>.</returns>
    /// <exception cref="LabException">It is no JSON object, or of another type.</exception>
    public static string Merge(string option, string type, string fields)
    {
        using JsonDocument given = ReadObject(option, fields);
        using var merged = new MemoryStream();
        using (var writer = new Utf8JsonWriter(merged))
        {
            writer.WriteStartObject();
            writer.WriteString("Type", type);
            foreach (JsonProperty field in given.RootElement.EnumerateObject())
            {
                if (!field.Name.Equals("Type", StringComparison.OrdinalIgnoreCase))
                    field.WriteTo(writer);
                else if (field.Value.ValueKind != JsonValueKind.String || field.Value.GetString() != type)
                    throw new LabException($"{option}: Type is {field.Value.GetRawText()}, expected \"{type}\" or none");
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(merged.ToArray());
    }

    private static JsonDocument ReadObject(string option, string fields)
    {
        const string Expected = """expected a JSON object such as {"Port":8285}""";
        JsonDocument given;
        try
        {
            given = JsonDocument.Parse(fields);
        }
        catch (JsonException error)
        {
            throw new LabException($"{option} {fields}: {Expected}: {error.Message}", error);
        }

        if (given.RootElement.ValueKind == JsonValueKind.Object)
            return given;

        given.Dispose();
        throw new LabException($"{option} {fields}: {Expected}");
    }
}

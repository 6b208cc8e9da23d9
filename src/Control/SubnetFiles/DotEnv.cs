using System.Text;

namespace FastFlannel.Control;

/// <summary>
/// Reads <c>NAME=value</c> lines as the dotenv tools do: blank lines and <c>#</c> comments, an <c>export</c> in front, single
/// quotes (literal), double quotes (with <c>\n</c>, <c>\"</c> and the like). Values end with their line and variables are not
/// expanded: nothing that writes a subnet.env needs more.
/// </summary>
internal static class DotEnv
{
    private const string Export = "export";

    /// <summary>Reads a file's text. The later of two lines for one name wins.</summary>
    /// <param name="text">Any text at all.</param>
    /// <param name="warnings">Receives each line that is none of these, with its number.</param>
    public static Dictionary<string, string> Parse(string text, List<string> warnings)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().TrimStart('\uFEFF').EnumerateLines())
        {
            number++;
            ReadOnlySpan<char> rest = WithoutExport(line.Trim());
            if (rest.IsEmpty || rest[0] == '#')
                continue;

            int equals = rest.IndexOf('=');
            string name = equals < 0 ? "" : rest[..equals].TrimEnd().ToString();
            if (name.Length == 0 || name.AsSpan().IndexOfAny(" \t\"'#") >= 0)
                warnings.Add($"line {number} is not NAME=value and is skipped");
            else if (ReadValue(rest[(equals + 1)..].TrimStart()) is { } value)
                values[name] = value;
            else
                warnings.Add($"line {number}: the quotes around {name} are not closed and it is skipped");
        }

        return values;
    }

    private static ReadOnlySpan<char> WithoutExport(ReadOnlySpan<char> line) =>
        line.StartsWith(Export) && line.Length > Export.Length && char.IsWhiteSpace(line[Export.Length])
            ? line[Export.Length..].TrimStart()
            : line;

    /// <summary>The value at the start of the text, or null when its quotes are not closed.</summary>
    private static string? ReadValue(ReadOnlySpan<char> text)
    {
        if (text.StartsWith('\''))
        {
            int end = text[1..].IndexOf('\'');
            return end < 0 ? null : text.Slice(1, end).ToString();
        }

        if (text.StartsWith('"'))
            return ReadDoubleQuoted(text[1..]);

        return WithoutComment(text).TrimEnd().ToString();
    }

    private static string? ReadDoubleQuoted(ReadOnlySpan<char> text)
    {
        var value = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
                return value.ToString();

            bool isEscape = text[i] == '\\' && i + 1 < text.Length;
            value.Append(isEscape ? Unescape(text[++i]) : text[i]);
        }

        return null;
    }

    private static char Unescape(char escaped) => escaped switch
    {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => escaped,
    };

    /// <summary>A <c>#</c> starts a comment at the value's start and behind a space; within a word it is a letter.</summary>
    private static ReadOnlySpan<char> WithoutComment(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '#' && (i == 0 || char.IsWhiteSpace(text[i - 1])))
                return text[..i];
        }

        return text;
    }
}

using System.Text;

namespace FastFlannel.Fuzz.Tests;

/// <summary>Inputs of parsers of text: what is not UTF-8 becomes U+FFFD, as it does on every way into the program.</summary>
internal static class TextInput
{
    public static string Of(ReadOnlySpan<byte> input) => Encoding.UTF8.GetString(input);

    /// <summary>Arguments, one a line. There is no zero character in any, for it is what ends them.</summary>
    public static string[] Arguments(string text) => text.Length == 0 ? [] : text.Replace("\0", "", StringComparison.Ordinal).Split('\n');

    /// <summary>Several texts with a line that says only <c>%%</c> between them; those that are not there are empty.</summary>
    public static string[] Split(ReadOnlySpan<byte> input, int count)
    {
        string[] parts = Of(input).Split("\n%%\n", count);
        return [.. parts, .. Enumerable.Repeat("", count - parts.Length)];
    }

    /// <summary><c>NAME=value</c> lines as an environment.</summary>
    public static Func<string, string?> Environment(string lines)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        foreach (string line in Arguments(lines))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                variables[line[..equals]] = line[(equals + 1)..];
        }

        return variables.GetValueOrDefault;
    }
}

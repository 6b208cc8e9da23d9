using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FastFlannel.Control;

/// <summary>
/// JSON byte for byte as Go's encoder writes it, so that a lease written by either daemon is the same lease: no spaces, and
/// &lt;, &gt;, &amp;, U+2028 and U+2029 escaped with lower-case hexadecimal digits.
/// </summary>
internal static class GoJson
{
    /// <summary>A string with its quotes.</summary>
    public static string Quote(string text) =>
        Compact($"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"");

    /// <summary>Any valid JSON without the spaces between its parts.</summary>
    public static string Compact(string json)
    {
        var compact = new StringBuilder(json.Length);
        bool inString = false;
        for (int i = 0; i < json.Length; i++)
        {
            char c = json[i];
            if (!inString && c is ' ' or '\t' or '\r' or '\n')
                continue;

            if (c == '"')
                inString = !inString;

            if (c is '<' or '>' or '&' or '\u2028' or '\u2029')
                compact.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                compact.Append(c);

            // What follows a backslash is never the string's end.
            if (inString && c == '\\' && i + 1 < json.Length)
                compact.Append(json[++i]);
        }

        return compact.ToString();
    }
}

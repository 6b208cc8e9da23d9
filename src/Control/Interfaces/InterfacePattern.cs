using System.Text.RegularExpressions;

namespace FastFlannel.Control;

/// <summary>
/// One <c>--iface-regex</c>. Operators write it for Go's engine, which is linear in its input, knows no look-around and no
/// back-reference; so does the one used here. Found anywhere in the text unless anchored.
/// </summary>
internal sealed class InterfacePattern
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    // What Go knows inside of brackets and .NET would read as single characters, without a word.
    private static readonly Dictionary<string, string> Classes = new()
    {
        ["alnum"] = "0-9A-Za-z",
        ["alpha"] = "A-Za-z",
        ["digit"] = "0-9",
        ["lower"] = "a-z",
        ["upper"] = "A-Z",
        ["word"] = "0-9A-Za-z_",
        ["xdigit"] = "0-9A-Fa-f",
    };

    private readonly Regex _regex;

    private InterfacePattern(Regex regex) => _regex = regex;

    /// <summary>Compiles it.</summary>
    /// <exception cref="FatalException">It is no regular expression, or uses what Go's do not have.</exception>
    public static InterfacePattern Compile(string pattern)
    {
        try
        {
            string text = pattern.Replace("(?P<", "(?<", StringComparison.Ordinal);
            foreach ((string name, string members) in Classes)
                text = text.Replace($"[:{name}:]", members, StringComparison.Ordinal);

            if (text.Contains("[:", StringComparison.Ordinal) && text.Contains(":]", StringComparison.Ordinal))
                throw new NotSupportedException($"of the classes in brackets only {string.Join(", ", Classes.Keys)} are known");

            return new InterfacePattern(
                new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Limit));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new FatalException(
                $"could not compile the IP address regex --iface-regex={pattern}: {e.Message} "
                + "(expected a regular expression like ^10\\.5\\. or ^eth[0-9]$)",
                e);
        }
    }

    /// <summary>Why it cannot be compiled, or null.</summary>
    public static string? FindProblem(string pattern)
    {
        try
        {
            _ = Compile(pattern);
            return null;
        }
        catch (FatalException e)
        {
            return e.Message;
        }
    }

    public bool IsIn(string text) => _regex.IsMatch(text);
}

using FastFlannel.Control;

namespace FastFlannel.Daemon;

/// <summary>A network config that an operator gives: in a file, on standard input (<c>-</c>), or as JSON itself.</summary>
/// <param name="Name">What to call it in messages.</param>
/// <param name="Text">The text, without the line ends behind it.</param>
internal sealed record ConfigText(string Name, string Text)
{
    /// <summary>Reads it.</summary>
    /// <param name="source">The argument.</param>
    /// <exception cref="AdministrationException">It cannot be read.</exception>
    public static ConfigText Read(string source)
    {
        if (source.TrimStart().StartsWith('{'))
            return new ConfigText("the network config", source);

        try
        {
            return source == "-"
                ? new ConfigText("standard input", Console.In.ReadToEnd().TrimEnd())
                : new ConfigText(source, File.ReadAllText(source).TrimEnd());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string problem = e switch
            {
                FileNotFoundException or DirectoryNotFoundException => "there is no such file",
                _ when Directory.Exists(source) => "it is a directory",
                UnauthorizedAccessException => "permission denied",
                _ => e.Message,
            };
            throw new AdministrationException(
                $"cannot read '{source}': {problem}; expected a file, - for standard input, or JSON like "
                + """{"Network":"10.5.0.0/16"}""",
                e);
        }
    }
}

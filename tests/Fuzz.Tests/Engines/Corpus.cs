namespace FastFlannel.Fuzz.Tests;

/// <summary>The committed inputs, a directory a target: samples of what is right, and of what was or might be evil.</summary>
internal static class Corpus
{
    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "Corpora");

    /// <summary>Every directory.</summary>
    public static IEnumerable<string> Names => Directory.GetDirectories(Root).Select(path => Path.GetFileName(path)!);

    /// <summary>A target's inputs by their files' names, in the order of the names.</summary>
    public static IReadOnlyList<(string Name, byte[] Bytes)> Of(string target)
    {
        string directory = Path.Combine(Root, target);
        string[] files = Directory.Exists(directory) ? Directory.GetFiles(directory) : [];
        return [.. files.Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)))];
    }
}

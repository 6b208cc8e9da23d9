namespace FastFlannel.Netns.Tests;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Checkout
{
    /// <summary>Its top.</summary>
    public static string Root { get; } = Find();

    /// <summary>A file of it.</summary>
    public static string File(string name) => Path.Combine(Root, name);

    private static string Find()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !System.IO.File.Exists(Path.Combine(at.FullName, "FastFlannel.sln")))
            at = at.Parent;

        return at?.FullName ?? throw new FileNotFoundException($"no FastFlannel.sln above {AppContext.BaseDirectory}");
    }
}

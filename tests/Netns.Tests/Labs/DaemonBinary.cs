namespace FastFlannel.Netns.Tests;

/// <summary>The published binary that the tests drive.</summary>
internal static class DaemonBinary
{
    private const string Variable = "FASTFLANNEL_BIN";

    /// <summary>Where it is: FASTFLANNEL_BIN, or artifacts/fastflannel of this checkout.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            return File.Exists(given)
                ? System.IO.Path.GetFullPath(given)
                : throw new FileNotFoundException($"{Variable} is {given}, but there is no such file");
        }

        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string built = System.IO.Path.Combine(at.FullName, "artifacts", "fastflannel");
            if (File.Exists(built))
                return built;
        }

        throw new FileNotFoundException(
            $"no artifacts/fastflannel above {AppContext.BaseDirectory}: run ./build.sh first, or set {Variable} to a binary");
    }
}

namespace FastFlannel.Netns.Tests;

/// <summary>The published binary that the tests drive.</summary>
internal static class DaemonBinary
{
    private const string Variable = "FASTFLANNEL_BIN";
    private const string NextVariable = "FASTFLANNEL_NEXT_BIN";

    /// <summary>Where it is: FASTFLANNEL_BIN, or artifacts/fastflannel of this checkout.</summary>
    public static string Path { get; } = Find();

    /// <summary>
    /// Puts another binary in the place of one, as package managers do: what runs goes on with the old file. It is the one that
    /// FASTFLANNEL_NEXT_BIN names, else the same program in a file of other bytes.
    /// </summary>
    /// <param name="binary">Which one to replace.</param>
    public static void Upgrade(string binary)
    {
        string successor = binary + ".new";
        if (Environment.GetEnvironmentVariable(NextVariable) is { Length: > 0 } given)
        {
            File.Copy(given, successor);
        }
        else
        {
            File.Copy(binary, successor);
            File.AppendAllText(successor, "another build"); // behind all that the ELF headers speak of
        }

        File.Move(successor, binary, overwrite: true);
    }

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

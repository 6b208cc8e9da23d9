using System.Text;

namespace FastFlannel.Control;

/// <summary>Writes a file so that nobody ever reads half of it.</summary>
internal static class ReplacedFile
{
    private const UnixFileMode DirectoryMode = (UnixFileMode)0b111_101_101; // 0755
    private const UnixFileMode FileMode = (UnixFileMode)0b110_100_100; // 0644

    /// <summary>
    /// Writes a temporary file beside the old one, to the disk, and renames it over the old one. The directory itself is not
    /// synced, which .NET cannot do: after a power cut the old file may still be there, whole, and it says what it always said.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="text">What is in it from now on.</param>
    /// <param name="mode">Who may do what with it; null for anybody to read, and its owner to write.</param>
    public static void Write(string path, string text, UnixFileMode? mode = null)
    {
        string temporary = Prepare(path, out string fullPath);
        try
        {
            WriteToDisk(temporary, text, mode ?? FileMode);
            File.Move(temporary, fullPath, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Finds out whether <see cref="Write"/> would succeed; makes the directory, and leaves the file as it is.</summary>
    /// <exception cref="IOException">It would not.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not.</exception>
    public static void Try(string path)
    {
        string temporary = Prepare(path, out string fullPath);
        if (Directory.Exists(fullPath))
            throw new IOException($"{path} is a directory, expected a file");

        WriteToDisk(temporary, "", FileMode);
        File.Delete(temporary);
    }

    /// <summary>Makes the directory, and names a file in it that is not there.</summary>
    private static string Prepare(string path, out string fullPath)
    {
        fullPath = Path.GetFullPath(path);
        string directory = Path.GetDirectoryName(fullPath) ?? throw new IOException($"{path} is a directory, expected a file");
        MakeDirectory(directory);
        return Path.Combine(directory, $".{Path.GetFileName(fullPath)}.{Path.GetRandomFileName()}");
    }

    private static void WriteToDisk(string path, string text, UnixFileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = System.IO.FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = mode,
        };
        using var file = new FileStream(path, options);

        // Once more, for the mode at creation is less the umask's bits.
        File.SetUnixFileMode(file.SafeFileHandle, mode);
        file.Write(Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }

    /// <summary>Makes what is missing, from the top. Directories that exist keep their mode: they are not ours.</summary>
    private static void MakeDirectory(string path)
    {
        if (Directory.Exists(path))
            return;

        if (Path.GetDirectoryName(path) is { } parent)
            MakeDirectory(parent);

        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, DirectoryMode);
    }
}

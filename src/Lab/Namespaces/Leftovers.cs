using System.Diagnostics;
using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>Removes what labs leave: their own at the end, those of dead owners at the start.</summary>
public static class Leftovers
{
    /// <summary>Removes every lab whose owner no longer runs.</summary>
    public static async Task SweepAsync()
    {
        await RemoveNamespacesAsync(IsOrphan);
        foreach (string directory in Directory.EnumerateDirectories(Path.GetTempPath(), "ff*x*"))
        {
            if (IsOrphan(Path.GetFileName(directory)))
                RemoveDirectory(directory);
        }
    }

    /// <summary>Removes one lab: processes, namespaces with their devices, files.</summary>
    /// <param name="lab">Its name; see <see cref="LabName"/>.</param>
    /// <param name="directory">Its directory.</param>
    public static async Task RemoveAsync(string lab, string directory)
    {
        await RemoveNamespacesAsync(name => name.StartsWith(lab + '-', StringComparison.Ordinal));
        RemoveDirectory(directory);
    }

    /// <summary>The namespaces of the machine that have a name.</summary>
    /// <returns>Their names.</returns>
    public static async Task<IReadOnlyList<string>> ListNamespacesAsync()
    {
        CommandResult list = await Command.RunAsync(["ip", "netns", "list"], CancellationToken.None);

        // A line is the name alone, or the name and an id: `ff4711x1-h2 (id: 3)`.
        return [.. list.OrThrow().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0])];
    }

    private static async Task RemoveNamespacesAsync(Func<string, bool> chosen)
    {
        IReadOnlyList<string> names = await ListNamespacesAsync();
        await Task.WhenAll(names.Where(chosen).Select(RemoveNamespaceAsync));
    }

    // Another sweep may remove the same one at the same time, so that nothing here insists.
    private static async Task RemoveNamespaceAsync(string name)
    {
        CommandResult inside = await Command.RunAsync(["ip", "netns", "pids", name], CancellationToken.None);
        foreach (string line in inside.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                Kill(id);
        }

        _ = await Command.RunAsync(["ip", "netns", "del", name], CancellationToken.None);
    }

    private static void Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    private static bool IsOrphan(string name) =>
        LabName.OwnerOf(name) is int owner && !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{owner}"));

    private static void RemoveDirectory(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (IOException)
        {
            // Never made, removed by another sweep, or a process killed just now still writes: the next sweep gets it.
        }
    }
}

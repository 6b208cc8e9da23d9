using System.Text.RegularExpressions;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>What the daemon's binary is linked to.</summary>
internal static partial class BinaryLibraries
{
    /// <summary>The libraries' files on this machine, the program that loads them included.</summary>
    public static async Task<string[]> FindAsync(CancellationToken cancellation)
    {
        string libraries = (await Command.RunAsync(["ldd", DaemonBinary.Path], cancellation)).OrThrow().Output;
        return [.. LibraryPath().Matches(libraries).Select(match => match.Value)];
    }

    [GeneratedRegex(@"/\S+(?= \(0x)")]
    private static partial Regex LibraryPath();
}

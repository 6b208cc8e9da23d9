namespace FastFlannel.Netns.Tests;

/// <summary>The docker that tests run: the machine's, or one unpacked below artifacts (dist/prerequisites.sh).</summary>
internal static class DockerBinaries
{
    /// <summary>Why there is none.</summary>
    public const string Missing = "no dockerd or no static busybox: ./test.sh unpacks them below artifacts/docker where it can";

    /// <summary>Directories that go before PATH.</summary>
    public static string[] Directories { get; } = Unpacked() is { } root ? [$"{root}/usr/sbin", $"{root}/usr/bin", $"{root}/bin"] : [];

    /// <summary>A busybox that needs no libraries, or null.</summary>
    public static string? Busybox { get; } = Find("busybox");

    /// <summary>Whether all is there.</summary>
    public static bool AreThere => Busybox is not null && Find("dockerd") is not null && Find("docker") is not null;

    /// <summary>A PATH on which docker finds its parts.</summary>
    public static string SearchPath => string.Join(':', [.. Directories, Environment.GetEnvironmentVariable("PATH") ?? ""]);

    /// <summary>A program's file, or null.</summary>
    public static string? Find(string name) =>
        SearchPath.Split(':').Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    private static string? Unpacked() => Path.Combine(Path.GetDirectoryName(DaemonBinary.Path)!, "docker") is var root
        && Directory.Exists(Path.Combine(root, "usr"))
        ? root
        : null;
}

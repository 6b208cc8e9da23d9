namespace FastFlannel.Lab;

/// <summary>What a machine needs before a lab can be built on it.</summary>
public static class Requirements
{
    /// <summary>The same for a command's help.</summary>
    public const string Sentences =
        "Needs root, and ip, bridge, etcd, etcdctl, iperf3 and ping. Touches nothing outside its own namespaces.";

    private static readonly (string Tool, string Package)[] Tools =
    [
        ("ip", "iproute2"),
        ("bridge", "iproute2"),
        ("etcd", "etcd-server"),
        ("etcdctl", "etcd-client"),
        ("iperf3", "iperf3"),
        ("ping", "iputils-ping"),
    ];

    /// <summary>Checks for root and for every tool, and reports all that is missing at once.</summary>
    /// <exception cref="LabException">Not root, or tools are missing; the message names each with its Debian package.</exception>
    public static void Check()
    {
        if (!Environment.IsPrivilegedProcess)
            throw new LabException("the lab makes network namespaces and needs root: run it with sudo");

        (string Tool, string Package)[] missing = [.. Tools.Where(tool => !IsOnPath(tool.Tool))];
        if (missing.Length == 0)
            return;

        string names = string.Join(", ", missing.Select(tool => $"{tool.Tool} (package {tool.Package})"));
        string packages = string.Join(' ', missing.Select(tool => tool.Package).Distinct());
        throw new LabException($"missing on PATH: {names}; on Debian: apt-get install {packages}");
    }

    private static bool IsOnPath(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Any(directory => File.Exists(Path.Combine(directory, tool)));
}

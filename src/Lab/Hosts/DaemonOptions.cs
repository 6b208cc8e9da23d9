namespace FastFlannel.Lab;

/// <summary>How a daemon is started.</summary>
public sealed record DaemonOptions
{
    /// <summary>The binary.</summary>
    public required string Path { get; init; }

    /// <summary>The network's prefix in etcd.</summary>
    public string Prefix { get; init; } = LabClusterOptions.DefaultPrefix;

    /// <summary>The interface it is told to use; null to tell it none.</summary>
    public string? Interface { get; init; } = "eth0";

    /// <summary>What the binary is run by: a command that becomes its arguments, like <c>env NAME=value</c> or <c>setpriv …</c>.</summary>
    public IReadOnlyList<string> Launcher { get; init; } = [];

    /// <summary>Arguments after the lab's own.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}

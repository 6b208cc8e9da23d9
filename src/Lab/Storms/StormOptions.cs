namespace FastFlannel.Lab;

/// <summary>What <c>fastflannel lab storm</c> was asked for.</summary>
public sealed record StormOptions
{
    /// <summary>The most changes a second.</summary>
    public const int MaxRate = 5000;

    /// <summary>The most rounds.</summary>
    public const int MaxRounds = 50;

    /// <summary>The longest measurement, in seconds.</summary>
    public const int MaxSeconds = 60;

    /// <summary>The most peers that change.</summary>
    public const int MaxPeers = StormPeers.MaxCount - 1;

    /// <summary>How many peers change.</summary>
    public int Peers { get; init; } = 100;

    /// <summary>How many changes a second, of all peers together.</summary>
    public int Rate { get; init; } = 1000;

    /// <summary>How often everything is measured.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>How long each measurement takes.</summary>
    public int Seconds { get; init; } = 3;

    /// <summary>Whether standard output gets one JSON document instead of a table.</summary>
    public bool Json { get; init; }

    /// <summary>Whether a requirement that is not met makes the exit code 1.</summary>
    public bool Require { get; init; }

    /// <summary>The daemon's binary.</summary>
    public required string DaemonPath { get; init; }
}

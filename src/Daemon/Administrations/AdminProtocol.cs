namespace FastFlannel.Daemon;

/// <summary>
/// What is said over the admin socket: lines of UTF-8, the daemon's greeting first, then one command a connection
/// (docs/adr/0017-hand-over.md). The greeting's first two words and <see cref="Stop"/> are the same in every version.
/// </summary>
internal static class AdminProtocol
{
    /// <summary>How the greeting begins; the protocol's version, the program's and the network's prefix in etcd follow.</summary>
    public const string Greeting = "fastflannel-admin";

    /// <summary>The version of the rest of the protocol.</summary>
    public const int Version = 1;

    /// <summary>Has the daemon end as after SIGTERM. It closes the connection by ending.</summary>
    public const string Stop = "stop";

    /// <summary>
    /// Has it stand by for another. It answers with <see cref="Identity"/> and <see cref="Descriptors"/>, and waits for
    /// <see cref="Release"/> and <see cref="Leave"/>.
    /// </summary>
    public const string Takeover = "takeover";

    /// <summary>Has it carry no more packets.</summary>
    public const string Release = "release";

    /// <summary>Has it end without a trace. It closes the connection by ending.</summary>
    public const string Leave = "leave";

    /// <summary>Begins the line that says who stands by.</summary>
    public const string Identity = "identity ";

    /// <summary>Begins the line with the names of the descriptors that come beside it.</summary>
    public const string Descriptors = "descriptors";

    /// <summary>The answer to what was done.</summary>
    public const string Done = "done";

    /// <summary>Begins the answer to what was not; why not follows.</summary>
    public const string Error = "error ";

    /// <summary>Why <see cref="Takeover"/> is not done while it is under way for somebody else.</summary>
    public const string Busy = "another daemon is taking over";

    /// <summary>A command's bytes at most.</summary>
    public const int LongestCommand = 64;

    /// <summary>An answer's bytes at most: the names of all descriptors that fit.</summary>
    public const int LongestAnswer = 8192;
}

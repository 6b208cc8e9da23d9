using FastFlannel.Control;

namespace FastFlannel.Daemon;

/// <summary>How the node does, in one line.</summary>
internal static class StatusLine
{
    /// <summary>Words it.</summary>
    /// <param name="hasStarted">Whether subnet.env is written and the first peers are in force.</param>
    /// <param name="status">What is there, and what is wrong.</param>
    /// <param name="pulse">What is waited for.</param>
    public static string Of(bool hasStarted, NodeStatus status, Pulse pulse)
    {
        string line = !hasStarted ? pulse.Waiting is { } cause ? $"Waiting to {cause}" : "Starting"
            : status.Obstacle is { } obstacle ? $"No packets flow: {obstacle}"
            : status.Troubles is [var first, ..] ? $"Packets flow, but {first}"
            : status is { Lease: { } lease, Backend: { } backend } ? Describe(lease, backend)
            : "Stopping";
        return OneLine(line);
    }

    /// <summary>A text as systemd takes it: a line break would begin another variable.</summary>
    public static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static string Describe(LeaseStatus lease, BackendStatus backend)
    {
        string peers = backend.Peers == 1 ? "1 peer" : $"{backend.Peers} peers";
        string device = backend.Device is { } name ? $" ({name}, MTU {backend.Mtu})" : "";
        return $"{lease.Subnet} with {peers} over {backend.Type}{device}";
    }
}

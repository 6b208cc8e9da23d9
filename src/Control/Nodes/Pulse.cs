using System.Collections.Concurrent;

namespace FastFlannel.Control;

/// <summary>
/// Which of a node's loops go on, and since when one has not. Every loop that must turn has a <see cref="Heartbeat"/> here and beats
/// each time round; one that hangs in a call, or is never scheduled, does not. docs/adr/0016-watchdog.md.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class Pulse(TimeProvider time)
{
    private readonly ConcurrentDictionary<Heartbeat, byte> _hearts = new();

    /// <summary>
    /// How long a loop may take for a turn. The slowest, that of the owner mark, may wait for 30 s until somebody's mark expires, and
    /// for a few answers of etcd, 5 s each at most; a machine without processor time to spare gets as much again.
    /// </summary>
    public static TimeSpan LongestTurn { get; } = TimeSpan.FromSeconds(90);

    /// <summary>The loops that have not turned for <see cref="LongestTurn"/>, by name.</summary>
    public IReadOnlyList<string> Stalled =>
        [.. _hearts.Keys.Where(heart => time.GetElapsedTime(heart.LastTurn) > LongestTurn).Select(heart => heart.Loop).Order()];

    /// <summary>Whether there are loops, and all of them turn. Between two steps of the start there may be none.</summary>
    public bool IsBeating => !_hearts.IsEmpty && Stalled.Count == 0;

    /// <summary>What is waited for and why, or null: <c>read the network config: …</c>.</summary>
    public string? Waiting => _hearts.Keys
        .Where(heart => heart.Cause is not null)
        .Select(heart => $"{heart.Loop}: {heart.Cause}")
        .Order(StringComparer.Ordinal)
        .FirstOrDefault();

    /// <summary>Begins to listen to a loop, which has turned just now. Disposing of the heart ends it.</summary>
    /// <param name="loop">What the loop does, for messages.</param>
    public Heartbeat Begin(string loop)
    {
        var heart = new Heartbeat(loop, time.GetTimestamp, ended => _hearts.TryRemove(ended, out _));
        _ = _hearts.TryAdd(heart, 0);
        return heart;
    }
}

namespace FastFlannel.Control;

/// <summary>
/// What cannot be put in force, and when it is tried again: each on its own, after a pause that doubles, so that one never
/// delays another.
/// </summary>
internal sealed class Troubles(TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, Trouble> _troubles = [];

    /// <summary>Each with its cause.</summary>
    public IReadOnlyDictionary<string, string> Now =>
        _troubles.ToDictionary(trouble => trouble.Key, trouble => trouble.Value.Cause);

    /// <summary>How long until the next one is to be tried; null when there is none.</summary>
    public TimeSpan? UntilNext => _troubles.Count == 0
        ? null
        : _troubles.Values.Min(trouble => trouble.Pause - time.GetElapsedTime(trouble.Since));

    /// <summary>Whether something failed a short while ago and is to be left alone for now.</summary>
    public bool IsWaiting(string subject) =>
        _troubles.TryGetValue(subject, out Trouble? trouble) && time.GetElapsedTime(trouble.Since) < trouble.Pause;

    /// <summary>Lets everything be tried at once, because something has changed that it may depend on.</summary>
    public void RetryAll()
    {
        foreach ((string subject, Trouble trouble) in _troubles)
            _troubles[subject] = trouble with { Pause = TimeSpan.Zero };
    }

    /// <summary>Takes note of how a try went.</summary>
    /// <param name="failures">What failed, with the cause.</param>
    /// <param name="waiting">What was left alone. All else is in force, or no longer wanted.</param>
    /// <returns>What is to be said: failures with a new cause, and what was in trouble and is no more.</returns>
    public (IReadOnlyDictionary<string, string> New, IReadOnlyList<string> Over) Settle(
        IReadOnlyDictionary<string, string> failures, IReadOnlySet<string> waiting)
    {
        Dictionary<string, string> news = [];
        foreach ((string subject, string cause) in failures)
        {
            Trouble? before = _troubles.GetValueOrDefault(subject);
            if (before?.Cause != cause)
                news.Add(subject, cause);

            _troubles[subject] = new Trouble(cause, time.GetTimestamp(), before is null ? FirstPause : Longer(before.LastPause));
        }

        string[] over = [.. _troubles.Keys.Where(subject => !failures.ContainsKey(subject) && !waiting.Contains(subject))];
        foreach (string subject in over)
            _ = _troubles.Remove(subject);

        return (news, over);
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    private sealed record Trouble(string Cause, long Since, TimeSpan LastPause)
    {
        /// <summary>How long it is left alone; <see cref="LastPause"/> unless it was cut short.</summary>
        public TimeSpan Pause { get; init; } = LastPause;
    }
}

namespace FastFlannel.Control;

/// <summary>
/// Keeps what repeats from filling the log: none twice in a row of failures, a few lines at once, and one more for each half minute
/// that passes. What finds no room is asked for again with the next failure, so that the log never ends with an older state.
/// </summary>
internal sealed class LogBudget(TimeProvider time)
{
    private const int MostLines = 3;
    private static readonly TimeSpan Refill = TimeSpan.FromSeconds(30);

    private readonly HashSet<string> _said = [];
    private double _lines = MostLines;
    private long _counted = time.GetTimestamp();

    /// <summary>Whether the line may be written now; it then counts as written.</summary>
    public bool Allows(string line)
    {
        if (_said.Contains(line))
            return false;

        long now = time.GetTimestamp();
        _lines = Math.Min(MostLines, _lines + (time.GetElapsedTime(_counted, now) / Refill));
        _counted = now;
        if (_lines < 1)
            return false;

        _lines--;
        return _said.Add(line);
    }

    /// <summary>The failures are over: the next one is news, whatever it says.</summary>
    public void Reset() => _said.Clear();
}

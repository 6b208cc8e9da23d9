namespace FastFlannel.Control;

/// <summary>
/// Keeps what repeats from filling the log: the first few different lines at once, later ones a pause apart, and none twice in a
/// row of failures. <see cref="Reset"/> when the failures are over.
/// </summary>
internal sealed class LogBudget(TimeProvider time)
{
    private const int FreeLines = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly HashSet<string> _said = [];
    private long _last;

    /// <summary>Whether the line may be written now; it then counts as written.</summary>
    public bool Allows(string line)
    {
        if (_said.Contains(line) || (_said.Count >= FreeLines && time.GetElapsedTime(_last) < Pause))
            return false;

        _last = time.GetTimestamp();
        return _said.Add(line);
    }

    /// <summary>Begins anew.</summary>
    public void Reset() => _said.Clear();
}

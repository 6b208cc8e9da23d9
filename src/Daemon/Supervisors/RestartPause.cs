namespace FastFlannel.Daemon;

/// <summary>
/// How long a supervisor waits before it starts the daemon again: not at all after a run that lasted, and twice as long each time when
/// one fails soon after the other.
/// </summary>
internal sealed class RestartPause
{
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private int _failures;

    /// <summary>After a run.</summary>
    /// <param name="lasted">How long it lasted.</param>
    public TimeSpan After(TimeSpan lasted)
    {
        _failures = lasted >= Lasting ? 0 : _failures + 1;
        if (_failures <= 1)
            return TimeSpan.Zero;

        TimeSpan pause = First * Math.Pow(2, Math.Min(_failures, 16) - 2);
        return pause < Longest ? pause : Longest;
    }
}

namespace FastFlannel.Control;

/// <summary>What reading a document somebody else wrote gave: a value, or everything that is wrong with it.</summary>
/// <typeparam name="T">What was read.</typeparam>
/// <remarks>
/// Configs and leases come from operators and other nodes. A bad one is expected, so it is a value and not an exception;
/// and all problems are told at once, because a person who mends one at a time waits for each next.
/// </remarks>
public sealed class ReadResult<T>
    where T : class
{
    private ReadResult(T? value, IReadOnlyList<string> problems)
    {
        Value = value;
        Problems = problems;
    }

    /// <summary>What was read; null exactly when there are problems.</summary>
    public T? Value { get; }

    /// <summary>Each thing that is wrong, one line each, in the order of the rules; empty when there is a value.</summary>
    public IReadOnlyList<string> Problems { get; }

    internal static ReadResult<T> Of(T value) => new(value, []);

    internal static ReadResult<T> Bad(IReadOnlyList<string> problems) => new(null, problems);
}

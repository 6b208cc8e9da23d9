namespace FastFlannel.Control;

/// <summary>
/// What an operator asked for was not done, and nothing was written. The message says what stands against it, possibly on several
/// lines, and what to do next.
/// </summary>
public sealed class AdministrationException : Exception
{
    /// <summary>Makes the error.</summary>
    public AdministrationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the error from another one.</summary>
    public AdministrationException(string message, Exception cause)
        : base(message, cause)
    {
    }
}

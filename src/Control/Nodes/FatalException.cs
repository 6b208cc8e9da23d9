namespace FastFlannel.Control;

/// <summary>The daemon cannot go on; the message says why and what to do. It is logged without a stack trace, exit code 1.</summary>
public sealed class FatalException : Exception
{
    /// <summary>Makes the error.</summary>
    public FatalException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the error from another one.</summary>
    public FatalException(string message, Exception cause)
        : base(message, cause)
    {
    }
}

namespace FastFlannel.Lab;

/// <summary>The lab could not do something; the message is for the person at the terminal.</summary>
public sealed class LabException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">What went wrong, with the values involved, and what to do next.</param>
    public LabException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the error with its cause.</summary>
    /// <param name="message">What went wrong, with the values involved, and what to do next.</param>
    /// <param name="cause">What was caught.</param>
    public LabException(string message, Exception cause)
        : base(message, cause)
    {
    }
}

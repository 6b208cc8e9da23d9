namespace FastFlannel.Control;

/// <summary>Rules could not be read or written; the message says by which tool, why, and what to do.</summary>
public sealed class FirewallException : Exception
{
    /// <summary>Makes one.</summary>
    public FirewallException(string message)
        : base(message)
    {
    }
}
